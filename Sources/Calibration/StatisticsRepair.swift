internal import Analysis
internal import Compression
internal import Coupling
public import Graph
internal import Torch

/// Gives every layer's channels back their mean and deviation before compression, on calibration inputs.
///
/// From the input to the output, each layer after a change is scaled and shifted channel by channel. A channel t merged
/// from channels c with weights M gets
///
///     mean_t = sum over c of M_tc mean_c,   deviation_t = sum over c of |M_tc| deviation_c:
///
/// averaging uncorrelated channels then does not lower the deviation. Earlier layers are already repaired. Batch-norms
/// that could not be folded are re-estimated the same way, through their scale and shift.
///
/// Source: Jordan et al., "REPAIR: renormalizing permuted activations for interpolation repair", ICLR 2023.
public struct StatisticsRepair: Sendable {
    /// The repair of one layer.
    public struct Report: Sendable, Codable, Equatable {
        /// The node's name.
        public let layer: String
        /// The number of channels.
        public let channels: Int
        /// The mean over channels of |measured mean - target mean| / target deviation, before the repair.
        public let meanError: Double
        /// The mean over channels of measured deviation / target deviation, before the repair.
        public let deviationRatio: Double
    }

    private let calibration: Calibration

    /// A channel with a smaller share of its target deviation is only shifted.
    private static let leastShare = 1e-3

    /// Prepares a repair.
    public init(_ calibration: Calibration) {
        self.calibration = calibration
    }

    /// Repairs the layers of a compressed network.
    ///
    /// - Parameters:
    ///   - network: The network.
    ///   - report: Called before every node with the share that is done; an error it throws ends the work.
    /// - Throws: `CompressionError` or `GraphError` if the plan or the calibration does not fit the graph.
    public func apply(
        to network: CompressedNetwork, report: (Double) throws -> Void = { _ in }
    ) throws -> (graph: Graph, layers: [Report]) {
        let (original, small) = (network.original, network.graph)
        let graph = original.graph
        let walk = CalibrationWalk(original, compressed: small, calibration)
        let anchors = ActivationAnchors(original, calibration.anchors)
        var repaired: [ValueID: Tensor] = [:]
        var reports: [Report] = []
        for (place, id) in graph.nodeIDs.enumerated() {
            try report(Double(place) / Double(graph.nodes.count))
            walk.pass(id)
            if let site = try AffineOutput(at: id, in: original), walk.differs(site.output),
                let change = try repair(site, walk, network)
            {
                repaired.merge(try site.applying(change.change, in: small)) { $1 }
                walk.change(site.output, of: .compressed, by: change.change)
                reports.append(change.report(graph[id].name))
            }
            try walk.anchor(after: id, anchors, network)
        }
        let result = try small.replacing(parameters: repaired)
        try result.verify()
        return (result, reports)
    }

    private struct Change {
        let change: ChannelAffine
        let meanError: Double
        let deviationRatio: Double

        func report(_ layer: String) -> Report {
            Report(
                layer: layer, channels: change.factor.count, meanError: meanError,
                deviationRatio: deviationRatio)
        }
    }

    /// nil if the channels are not those of the plan.
    private func repair(
        _ site: AffineOutput, _ walk: CalibrationWalk, _ network: CompressedNetwork
    ) throws -> Change? {
        let graph = network.original.graph
        let found = try walk.statistics(of: site.output, axis: site.axis)
        guard let before = found[.original], let now = found[.compressed] else { return nil }
        var wanted = (mean: before.mean, deviation: before.deviation)
        let axis = max(graph[site.bias].type.shape.firstIndex { $0 > 1 } ?? 0, 0)
        for mixing in network.mixings(graph[site.bias].name, axis: axis) {
            wanted = (
                try mixing.applied(toVector: wanted.mean),
                try mixing.magnitudes.applied(toVector: wanted.deviation)
            )
        }
        let have = (mean: now.mean, deviation: now.deviation)
        guard wanted.mean.count == have.mean.count else { return nil }
        let moving = wanted.deviation.indices.filter { wanted.deviation[$0] > 0 }
        func average(_ value: (Int) -> Double) -> Double {
            moving.reduce(0) { $0 + value($1) / wanted.deviation[$1] } / Double(max(moving.count, 1))
        }
        return Change(
            change: ChannelAffine(axis: site.axis, from: have, to: wanted, least: Self.leastShare),
            meanError: average { abs(have.mean[$0] - wanted.mean[$0]) },
            deviationRatio: average { have.deviation[$0] })
    }
}
