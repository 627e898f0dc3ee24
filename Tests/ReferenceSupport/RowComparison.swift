internal import AnalysisSupport
public import Compression
public import Coupling
public import Graph
internal import OptimalTransport
internal import Torch

/// How far our pruning of a group is from the published code's.
public struct RowComparison: Sendable {
    /// Whether the same channels survive.
    public let keepsTheSame: Bool
    /// The largest relative difference of a score.
    public let scores: Double
    /// The largest difference of a map's entry.
    public let map: Double
    /// Where the maps differ: how much more the published plan costs than ours, relative; else nil.
    public let costOfOtherPlan: Double?
    /// The largest difference of a weight after deletion, relative to the tensor's root mean square or the weight.
    public let deletedWeights: Double
    /// The same after Intra-Fusion, by the published map where the maps differ.
    public let fusedWeights: Double

    /// Entries of a map below this are rounding errors of the published solver.
    private static let smallestEntry = 1e-9
    /// Maps whose entries differ by more than this are two different plans.
    private static let samePlan = 1e-5

    /// Prunes one group both ways and compares.
    public init(
        _ row: ReferenceFile.Row, _ analysis: GroupAnalysis, in graph: Graph, of coupling: Coupling
    ) throws {
        let group = analysis.group
        let kept = analysis.kept(try Sparsity(row.sparsity))
        keepsTheSame = kept == row.kept
        scores =
            zip(analysis.scores, row.scores).map { abs($0 - $1) / max(abs($1), 1e-12) }.max() ?? .infinity
        let order = PythonSetOrder.survivors(row.kept, of: group.width)
        let steps = try analysis.steps(kept: kept, rules: [DeletionRule(), ReferenceRule()])
        let theirs = try Self.entries(row, order, width: group.width)
        let ours = steps[1].map.consumers[0].matrix
        map = Self.difference(ours, theirs)
        var fused = steps[1].map
        if map > Self.samePlan {
            let plan = try analysis.transportPlan(to: kept)
            let cost = try analysis.cost(of: theirs, kept: kept)
            costOfOtherPlan = (cost - plan.totalCost) / plan.totalCost
            fused = try ChannelMap(
                kept: kept, producer: theirs.transposed, perChannel: steps[1].map.perChannel,
                consumers: group.members(.consumer).map {
                    ChannelMap.Consumer(parameter: $0.name, axis: $0.axis, matrix: theirs)
                })
        } else {
            costOfOtherPlan = nil
        }
        let deleted = try graph.applying(steps[0].map, to: group, of: coupling)
        deletedWeights = try Self.difference(deleted, row.deleteParameters, group, kept, order: kept)
        let merged = try graph.applying(fused, to: group, of: coupling)
        fusedWeights = try Self.difference(merged, row.referenceParameters, group, kept, order: order)
    }

    /// The published map with its targets numbered in ascending order of the survivors.
    private static func entries(_ row: ReferenceFile.Row, _ order: [Int], width: Int) throws -> SparseMatrix {
        let place = Dictionary(uniqueKeysWithValues: row.kept.enumerated().map { ($0.element, $0.offset) })
        let entries = row.map.compactMap { entry -> SparseMatrix.Entry? in
            guard entry[2] > smallestEntry, let target = place[order[Int(entry[1])]] else { return nil }
            return SparseMatrix.Entry(row: Int(entry[0]), column: target, value: entry[2])
        }
        return try SparseMatrix(
            rows: width, columns: order.count,
            entries: entries.sorted { ($0.row, $0.column) < ($1.row, $1.column) })
    }

    private static func difference(_ ours: SparseMatrix, _ theirs: SparseMatrix) -> Double {
        guard ours.rows == theirs.rows, ours.columns == theirs.columns else { return .infinity }
        return zip(ours.dense(), theirs.dense()).map { abs($0 - $1) }.max() ?? 0
    }

    /// Compares norms and sampled entries; positions on a member's axis are renumbered from the published order.
    private static func difference(
        _ graph: Graph, _ parameters: [String: ReferenceFile.Parameter], _ group: CoupledGroup, _ kept: [Int],
        order: [Int]
    ) throws -> Double {
        let place = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($0.element, $0.offset) })
        var worst = 0.0
        for (name, parameter) in parameters {
            guard let id = graph.value(named: name), let tensor = graph[id].tensor,
                tensor.shape == parameter.shape,
                let member = group.members.first(where: { $0.name == name })
            else { return .infinity }
            let values = try tensor.doubles()
            let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
            worst = max(worst, abs(norm - parameter.l2) / parameter.l2)
            let rootMeanSquare = parameter.l2 / Double(values.count).squareRoot()
            let inner = parameter.shape[(member.axis + 1)...].reduce(1, *)
            for sample in parameter.samples {
                let flat = Int(sample[0])
                let position = flat / inner % order.count
                guard let ours = place[order[position]] else { return .infinity }
                let value = values[flat + (ours - position) * inner]
                worst = max(worst, abs(value - sample[1]) / max(abs(sample[1]), rootMeanSquare))
            }
        }
        return worst
    }
}
