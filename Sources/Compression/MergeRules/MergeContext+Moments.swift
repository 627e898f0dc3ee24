internal import Coupling
internal import Graph
internal import Moments
internal import OptimalTransport
internal import Torch

extension MergeContext {
    /// Returns a map with other consumers: those that fit the moments, wherever these are known.
    func matchingMoments(of map: ChannelMap) throws -> ChannelMap {
        guard let network = moments else { return map }
        let users = graph.consumers()
        let known = try GroupMoments(
            group, in: graph,
            merging: GroupMoments.Merging(
                producer: Tensor(map.producer), perChannel: Tensor(map.perChannel)), network: network)
        return try map.replacingConsumers { consumer in
            let member = group.members(.consumer).first {
                $0.name == consumer.parameter && $0.axis == consumer.axis
            }
            guard let layer = try member.flatMap({ try ConsumerLayer($0, in: graph, users: users) }),
                let moments = known[layer.input]
            else { return consumer }
            let matched = try MatchedConsumer(
                weights: layer.summedWeights(in: graph), moments: moments, hasBias: layer.bias != nil)
            return ChannelMap.Consumer(
                parameter: consumer.parameter, axis: consumer.axis,
                matrix: try SparseMatrix(
                    dense: matched.matrix.doubles(), rows: map.width, columns: map.kept.count),
                gain: matched.gain, shift: layer.bias == nil ? nil : matched.shift, source: .batchNorm)
        }
    }
}

extension Tensor {
    /// A sparse matrix as a dense tensor in double precision.
    init(_ matrix: SparseMatrix) throws {
        try self.init(matrix.dense(), shape: [matrix.rows, matrix.columns])
    }
}
