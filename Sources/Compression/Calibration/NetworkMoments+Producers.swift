internal import Coupling
public import Graph
public import Moments
internal import Torch

extension NetworkMoments {
    /// Returns these moments with those of what every group's producers make, where nothing tells them, measured on made-up
    /// inputs.
    ///
    /// Only means and deviations are taken, as from batch-norms: correlations are those of the weights.
    /// - Parameters:
    ///   - calibration: The inputs.
    ///   - graph: The network, batch-norms folded.
    public func measuringProducers(_ calibration: Calibration, of graph: Graph) throws -> NetworkMoments {
        let axes = try unknownProducts(of: graph)
        guard !axes.isEmpty else { return self }
        var found: [ValueID: ChannelStatistics] = [:]
        let walk = CalibrationWalk(graph, calibration)
        for id in graph.nodeIDs { walk.pass(id) }
        try walk.run { value, _, tensor in
            guard let axis = axes[value], tensor.rank > axis else { return }
            try found[value, default: ChannelStatistics(lanes: tensor.shape[axis], axis: axis)].add(tensor)
        }
        var measured: [String: Channels] = [:]
        for (value, statistics) in found
        where statistics.mean.allSatisfy(\.isFinite) && statistics.deviation.allSatisfy(\.isFinite) {
            measured[graph[value].name] = Channels(
                mean: statistics.mean, deviation: statistics.deviation, source: .synthetic)
        }
        return replacing(measured)
    }

    /// Whether nothing tells the moments of what some of the groups' producers make.
    public func lacksProducers(of graph: Graph) throws -> Bool { try !unknownProducts(of: graph).isEmpty }

    /// What groups' producers make and nothing is known of, with the axis on which the channels are.
    private func unknownProducts(of graph: Graph) throws -> [ValueID: Int] {
        var axes: [ValueID: Int] = [:]
        let users = graph.consumers()
        for member in try Coupling(graph).groups.flatMap({ $0.members(.producer) }) {
            for id in users[member.parameter] ?? [] {
                let node = graph[id]
                guard let output = node.outputs.first, node.outputs.count == 1,
                    channels[graph[output].name] == nil,
                    let slot = node.inputs.firstIndex(of: member.parameter)
                else { continue }
                let links = try node.op.axisLinks(
                    graph.operatorInputs(node.inputs), outputs: node.outputs.map { graph[$0].type })
                let link = links.first {
                    $0.first == .input(slot, member.axis) && $0.role == .producer && $0.lanes == nil
                }
                guard let link, case .output(0) = link.second.slot else { continue }
                axes[output] = link.second.axis
            }
        }
        return axes
    }
}
