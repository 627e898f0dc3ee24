internal import Coupling
internal import Graph
internal import Torch

/// A layer that filters each channel by itself: a depthwise convolution, `y_c = sum_p w_c,p x_c,p + b_c`.
struct PropagatedFilter {
    /// The value that it reads.
    let input: ValueID
    private let axis: Int
    /// `[channels, places]`, double precision
    private let weight: Tensor
    /// The sum of the weights over the places that see no padding, averaged over positions. `[channels]`
    private let sum: Tensor
    private let bias: Tensor?

    /// Describes a node; nil if it is no such layer.
    init?(_ id: NodeID, in network: AnalysedNetwork) throws {
        let graph = network.graph
        let node = graph[id]
        guard case .filter = try network.effect(of: id), let biasInput = node.op.biasInput,
            node.inputs.count >= 2, let input = node.inputs[0],
            let weight = node.inputs[1].flatMap({ graph[$0].tensor }), graph[input].tensor == nil
        else { return nil }
        let type = graph[input].type
        let filtering = try network.links(of: id).first {
            $0.first.slot == .input(1) && $0.role == .perChannel && $0.lanes == nil
        }
        guard let filtering, case .output(0) = filtering.second.slot, filtering.first.axis == 0,
            weight.rank == type.shape.count,
            weight.shape[0] == type.shape[filtering.second.axis],
            weight.count > weight.shape[0] || weight.rank > 2
        else { return nil }
        axis = filtering.second.axis
        let count = weight.shape[0]
        self.input = input
        self.weight = try weight.converted(to: .float64).reshaped([count, weight.count / count])
        bias = try (node.inputs.indices.contains(biasInput) ? node.inputs[biasInput] : nil)
            .flatMap { graph[$0].tensor }?.converted(to: .float64)
        var shape = type.shape
        shape[0] = 1
        var context = EvaluationContext()
        let ones = try Tensor(repeating: 1, shape: shape, type: weight.type)
        let constants = node.inputs.dropFirst().enumerated().map { index, id in
            index + 1 == biasInput ? nil : id.flatMap { graph[$0].tensor }
        }
        guard let response = try node.op.results([ones] + constants, [], in: &context).first else {
            return nil
        }
        let channelAxis = filtering.second.axis
        sum = try response.converted(to: .float64)
            .reduced(.mean, axes: (0..<response.rank).filter { $0 != channelAxis })
    }

    /// The moments of the outputs, and each channel's factor to first order.
    func output(of state: ChannelState) throws -> (moments: JointMoments, factor: Tensor)? {
        guard state.axis == axis, state.isPlain, state.width == sum.count else { return nil }
        let r = SpatialModel.correlation
        let places = weight.shape[1]
        let centre = try weight.sliced(axis: 1, (places / 2)..<(places / 2 + 1)).reshaped([sum.count])
        return (
            try Self.output(of: state.moments, weight: weight, sum: sum, bias: bias),
            try sum.applying(.multiplied(r)).adding(centre.applying(.multiplied(1 - r)))
        )
    }

    /// The moments of some channels' outputs, and of merged ones, whose filters are mixtures too.
    ///
    /// - Parameters:
    ///   - moments: Those of the inputs: the channels in order, then the merged ones.
    ///   - channels: The channels.
    ///   - producer: The mixing of biases. `[m, n]`
    ///   - perChannel: The mixing of filters. `[m, n]`
    func output(
        of moments: JointMoments, channels: [Int], producer: ChannelMixture?, perChannel: ChannelMixture?
    ) throws -> JointMoments {
        func joined(_ values: Tensor, _ mixture: ChannelMixture?) throws -> Tensor {
            let own = try values.selecting(axis: 0, channels)
            return try mixture.map { try .concatenated([own, $0.applied(to: own)], axis: 0) } ?? own
        }
        return try Self.output(
            of: moments, weight: joined(weight, perChannel), sum: joined(sum, perChannel),
            bias: bias.map { try joined($0, producer) })
    }

    /// `Cov(y_i, y_j) = Cov(x_i, x_j) (r s_i s_j + (1 - r) w_i . w_j)` with the positions' correlation r and the sums s.
    private static func output(
        of moments: JointMoments, weight: Tensor, sum: Tensor, bias: Tensor?
    ) throws -> JointMoments {
        let r = SpatialModel.correlation
        let column = try sum.reshaped([sum.count, 1])
        let metric = try column.matrixMultiplied(by: column.transposed()).applying(.multiplied(r))
            .adding(weight.matrixMultiplied(by: weight.transposed()).applying(.multiplied(1 - r)))
        let mean = try moments.mean.multiplied(by: sum)
        return JointMoments(
            mean: try bias.map { try mean.adding($0) } ?? mean,
            covariance: try moments.covariance.multiplied(by: metric))
    }
}
