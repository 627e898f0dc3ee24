internal import Analysis
internal import Compression
internal import Coupling
internal import Evaluation
internal import Foundation
internal import Graph
internal import Importance
internal import Synchronization
internal import Torch

/// What the channels of groups are worth to a network, measured at its outputs.
///
/// A group that loses the share s of its channels, alone and merged by the rule, changes the outputs by d(s). Two shares are
/// measured, and errors of several groups add up.
struct MeasuredErrors {
    /// The shares of its channels that a group loses where that is measured.
    private static let shares = [0.25, 0.625]

    /// What was measured of one group.
    struct Measured: Sendable {
        let width: Int
        /// Shares of the channels that were removed, and what that did to the outputs; the shares grow.
        var points: [(share: Double, divergence: Double)]

        /// Whether nothing changes when most of its channels are gone: the inputs do not show what it does, as with the branch of
        /// a choice that they do not take.
        var isUnseen: Bool { points.last.map { $0.divergence == 0 } ?? false }

        /// Returns the error at 0 ... n channels, n the group's width.
        func errors(growing growth: ErrorGrowth) -> [Double] {
            guard let first = points.first else { return [Double](repeating: 0, count: width + 1) }
            let exponent = growth.exponent(of: points)
            return (0...width).map { kept in
                first.divergence * pow((1 - Double(kept) / Double(width)) / first.share, exponent)
            }
        }
    }

    /// What was measured of groups before, by their indices.
    final class Known: Sendable {
        private let groups = Mutex<[Int: Measured]>([:])

        /// Returns what is known of all of some groups; nil where one is not known.
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
    /// Batches of the network's inputs which no fit has seen.
    let inputs: [[Tensor]]
    let device: Device

    /// Measures groups.
    ///
    /// - Parameters:
    ///   - analyses: The groups with their scores.
    ///   - report: Called with the share that is done.
    /// - Returns: What was found, by the groups' indices.
    func measured(
        of analyses: [GroupAnalysis], report: (Double) throws -> Void
    ) throws -> [Int: Measured] {
        var narrowed: [(group: CoupledGroup, share: Double)] = []
        var variants: [Graph] = []
        var result: [Int: Measured] = [:]
        for (position, analysis) in analyses.enumerated() {
            try report(0.3 * Double(position) / Double(analyses.count))
            let group = analysis.group
            result[group.index] = Measured(width: group.width, points: [])
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
