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
/// A group that loses the share s of its channels, alone and merged by the rule, changes the outputs by d(s). One share is
/// measured, `d(s) = d(s0) (s / s0)^p` for the others. Errors of several groups add up.
struct MeasuredErrors {
    /// The share of its channels that a group loses where that is measured, s0.
    private static let share = 0.25
    /// How errors grow with the share, p. Found by trial on a detector and a classifier: those of single groups grow faster, but
    /// with 2 the groups that stand much lose too little.
    private static let exponent = 1.5

    /// Errors by the groups' indices, of groups that were measured before.
    final class Known: Sendable {
        private let errors = Mutex<[Int: [Double]]>([:])

        /// Returns the errors of all of some groups; nil where one is not known.
        func all(of groups: [CoupledGroup]) -> [Int: [Double]]? {
            errors.withLock { errors in
                groups.allSatisfy { errors[$0.index] != nil } ? errors : nil
            }
        }

        func add(_ new: [Int: [Double]]) {
            errors.withLock { $0.merge(new) { $1 } }
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
    /// - Returns: By a group's index its error at 0 ... n channels.
    func errors(
        of analyses: [GroupAnalysis], report: (Double) throws -> Void
    ) throws -> [Int: [Double]] {
        var measured: [(group: CoupledGroup, share: Double)] = []
        var variants: [Graph] = []
        var result: [Int: [Double]] = [:]
        for (position, analysis) in analyses.enumerated() {
            try report(0.3 * Double(position) / Double(analyses.count))
            let group = analysis.group
            let wanted = Int((Double(group.width) * (1 - Self.share)).rounded(.down))
            let width = max(1, min(group.width - 1, wanted))
            guard width < group.width, width >= 1 else {
                result[group.index] = [Double](repeating: 0, count: group.width + 1)
                continue
            }
            let kept = ImportanceScorer.mostImportant(analysis.scores, count: width)
            guard let step = try analysis.steps(kept: kept, rules: [rule]).first else { continue }
            variants.append(try network.applying(step.map, to: group))
            measured.append((group, 1 - Double(width) / Double(group.width)))
        }
        let meter = try DivergenceMeter(network.graph, inputs: inputs, device: device)
        let divergences = try meter.divergences(of: variants) { try report(0.3 + 0.7 * $0) }
        for ((group, share), divergence) in zip(measured, divergences) {
            result[group.index] = (0...group.width).map { kept in
                divergence * pow((1 - Double(kept) / Double(group.width)) / share, Self.exponent)
            }
        }
        return result
    }
}
