internal import Analysis
internal import Compression
internal import Coupling
internal import Evaluation
internal import Foundation
internal import Graph
internal import Importance
internal import Synchronization
internal import Torch

/// How much a network's outputs depend on the channels of its groups, measured.
///
/// A group that loses the share s of its channels, alone and merged by the rule, changes the outputs by d(s). Two
/// shares are measured; the errors of several groups add up.
struct MeasuredErrors {
    /// The shares of its channels that a group loses for the measurement.
    private static let shares = [0.25, 0.625]

    /// The measurement of one group.
    struct Measured: Sendable {
        let width: Int
        /// The removed shares of the channels, ascending, and the resulting changes of the outputs.
        var points: [(share: Double, divergence: Double)]
        /// What its readers are predicted to lose with 0 ... n kept channels; empty if no moments are known.
        var predicted: [Double] = []
        /// The number of its channels that go without loss.
        var spare = 0

        /// Whether removing most of its channels changes nothing: the inputs do not exercise the group, like a branch
        /// that they never take.
        var isUnseen: Bool { points.last.map { $0.divergence == 0 } ?? false }

        /// An error below this share of the next one is that of channels that are not needed: dead ones, and
        /// combinations of others.
        private static let vanishing = 1e-3
        /// The greatest power with which an error rises where such channels end.
        private static let steepest = 12.0

        /// What the readers are predicted to lose with a share of the channels; nil if that is unknown.
        private func predicted(_ share: Double) -> Double? {
            let kept = Int((Double(width) * (1 - share)).rounded())
            return predicted.indices.contains(kept) ? predicted[kept] : nil
        }

        /// Returns the error with 0 ... n kept channels, n the group's width.
        ///
        /// The first measured error says nothing about the channels that are needed if it is almost none; then errors rise
        /// steeply to the last measured one.
        func errors(growing growth: ErrorGrowth) -> [Double] {
            guard let first = points.first, let last = points.last else {
                return [Double](repeating: 0, count: width + 1)
            }
            if case .predicted(let power) = growth, let before = predicted(first.share),
                let after = predicted(last.share), before > Self.vanishing * after,
                first.divergence >= Self.vanishing * last.divergence
            {
                return predicted.map { first.divergence * pow($0 / before, power) }
            }
            let exponent = growth.exponent(of: points)
            let isFree = first.divergence < Self.vanishing * last.divergence
            let rise =
                isFree && first.divergence > 0
                ? min(log(last.divergence / first.divergence) / log(last.share / first.share), Self.steepest)
                : Self.steepest
            return (0...width).map { kept in
                let share = 1 - Double(kept) / Double(width)
                let grown = first.divergence * pow(share / first.share, exponent)
                return isFree ? max(grown, last.divergence * pow(share / last.share, rise)) : grown
            }
        }
    }

    /// Earlier measurements of groups, by their indices.
    final class Known: Sendable {
        private let groups = Mutex<[Int: Measured]>([:])

        /// Returns the measurements; nil if one of the given groups has none.
        func all(of wanted: [CoupledGroup]) -> [Int: Measured]? {
            groups.withLock { groups in
                wanted.allSatisfy { groups[$0.index] != nil } ? groups : nil
            }
        }

        func add(_ new: [Int: Measured]) {
            groups.withLock { $0.merge(new) { $1 } }
        }
    }

    let network: AnalysedNetwork
    let rule: any MergeRule
    /// Batches of the network's inputs, held out from every fit.
    let inputs: [[Tensor]]
    let device: Device

    /// Measures groups.
    ///
    /// - Parameters:
    ///   - analyses: The groups with their scores.
    ///   - report: Called with the share that is done.
    /// - Returns: The measurements by the groups' indices.
    func measured(
        of analyses: [GroupAnalysis], report: (Double) throws -> Void
    ) throws -> [Int: Measured] {
        var narrowed: [(group: CoupledGroup, share: Double)] = []
        var variants: [Graph] = []
        var result: [Int: Measured] = [:]
        let moments = try network.moments()
        for (position, analysis) in analyses.enumerated() {
            try report(0.3 * Double(position) / Double(analyses.count))
            let group = analysis.group
            let prediction = try OutputSensitivity(group, in: network, scores: analysis.scores)
            result[group.index] = Measured(
                width: group.width, points: [],
                predicted: prediction.usesMoments ? prediction.errors.map { max($0, 0) } : [],
                spare: try SpareChannels.count(
                    of: group, in: network, scores: analysis.scores, errors: prediction.errors))
            var last = group.width
            for share in Self.shares {
                let wanted = Int((Double(group.width) * (1 - share)).rounded(.down))
                let width = max(1, min(group.width - 1, wanted))
                guard width < last else { continue }
                last = width
                let kept = ImportanceScorer.mostImportant(analysis.scores, count: width)
                guard let step = try analysis.steps(kept: kept, rules: [rule]).first else { continue }
                variants.append(try network.applying(step.map, to: group))
                narrowed.append((group, 1 - Double(width) / Double(group.width)))
            }
        }
        let meter = try DivergenceMeter(network.graph, inputs: inputs, device: device)
        let divergences = try meter.divergences(of: variants) { try report(0.3 + 0.7 * $0) }
        for ((group, share), divergence) in zip(narrowed, divergences) {
            result[group.index]?.points.append((share, divergence))
        }
        return result
    }
}
