package import Coupling
package import Graph
package import Torch

/// The layer that reads a group's channels through one of its consuming weights: `y = V h + b`.
package struct ConsumerLayer {
    /// The consuming axis of the weight.
    package let member: GroupMember
    /// The layer.
    package let node: NodeID
    /// The value that the layer reads: h.
    package let input: ValueID
    /// The axis of the weight that makes the layer's own outputs.
    package let outputAxis: Int
    /// The number of its outputs.
    package let outputs: Int
    /// The bias, one number per output, that only this layer uses; nil if there is none.
    package let bias: ValueID?

    /// Finds the layer; nil if the weight is used more than once or not as a plain sum over channels.
    package init?(_ member: GroupMember, in network: AnalysedNetwork) throws {
        let (graph, users) = (network.graph, network.readers)
        guard member.role == .consumer, let nodes = users[member.parameter], let node = nodes.first,
            nodes.count == 1
        else { return nil }
        let inputs = graph[node].inputs
        let values = inputs.compactMap { $0 }.filter { graph[$0].tensor == nil }
        guard let input = values.first, values.count == 1, let slot = inputs.firstIndex(of: member.parameter)
        else { return nil }
        let producing = try network.links(of: node).filter { link in
            guard case .input(slot) = link.first.slot, case .output(0) = link.second.slot else {
                return false
            }
            return link.role == .producer
        }
        // In a transposed convolution (outputs on a later axis of a kernel), some outputs see only part of
        // the kernel.
        guard let link = producing.first, producing.count == 1, link.lanes == nil,
            link.first.axis == 0 || graph[member.parameter].type.shape.count == 2
        else { return nil }
        self.member = member
        self.node = node
        self.input = input
        outputAxis = link.first.axis
        let outputs = graph[member.parameter].type.shape[link.first.axis]
        self.outputs = outputs
        bias = try LayerBias(of: node, outputAxis: link.second.axis, in: network)?.parameter
    }

    /// The weights by output, channel, and place in the kernel or position of the channel.
    /// `[out, n, places]`, double precision
    package func weights(in graph: Graph) throws -> Tensor {
        guard let weight = graph[member.parameter].tensor else {
            throw GraphError("\(member.name) has no values")
        }
        let channels = member.positions.count
        let rest = (0..<weight.rank).filter { $0 != outputAxis && $0 != member.axis }
        let selected = try weight.converted(to: .float64)
            .selecting(axis: member.axis, member.positions.flatMap { $0 })
            .permuted([outputAxis, member.axis] + rest)
        return try selected.reshaped([outputs, channels, selected.count / max(outputs * channels, 1)])
    }

    /// Returns the weight with each output scaled in the columns that read the group's channels. `gain` is
    /// `[out]`.
    package func scaled(_ weight: Tensor, by gain: [Double]) throws -> Tensor {
        let length = weight.shape[member.axis]
        var reads = [Bool](repeating: false, count: length)
        for position in member.positions.joined() { reads[position] = true }
        var shape = weight.shape.map { _ in 1 }
        (shape[outputAxis], shape[member.axis]) = (outputs, length)
        let factors =
            outputAxis < member.axis
            ? gain.flatMap { factor in reads.map { $0 ? factor : 1 } }
            : reads.flatMap { reads in gain.map { reads ? $0 : 1 } }
        return try weight.converted(to: .float64).multiplied(by: Tensor(factors, shape: shape))
            .converted(to: weight.type)
    }

    /// The rows F of the metric of the outputs: `Q = F^T F`, with shares s of the outputs `Q = F^T diag(s) F`.
    ///
    /// For a kernel with one place these are the weights themselves; otherwise `sqrt(r)` times their sum over
    /// the places, and `sqrt(1 - r)` times the weights of each place.
    package func outputRows(in graph: Graph) throws -> OutputRows {
        let weights = try weights(in: graph)
        let (channels, places) = (weights.shape[1], weights.shape[2])
        let each = Array(0..<outputs)
        guard places > 1 else {
            return OutputRows(
                values: try weights.reshaped([outputs, channels]), outputs: each, count: outputs, factor: 1)
        }
        let factor = SpatialModel.correlation.squareRoot()
        let alike = try weights.reduced(.sum, axes: [2]).applying(.multiplied(factor))
        let apart = try weights.permuted([0, 2, 1]).reshaped([outputs * places, channels])
            .applying(.multiplied((1 - SpatialModel.correlation).squareRoot()))
        return OutputRows(
            values: try .concatenated([alike, apart], axis: 0),
            outputs: each + each.flatMap { repeatElement($0, count: places) }, count: outputs, factor: factor)
    }

    /// The metric Q that gives the summed variance of all outputs as `tr(Q C)`, C being the covariance of the
    /// inputs. `[n, n]`
    ///
    /// `Q = r sum_pq V_p^T V_q + (1 - r) sum_p V_p^T V_p` over the places p, q, with the correlation r of the
    /// activations at two of them.
    ///
    /// - Parameter shares: The weight of each output's variance, none negative; nil is one each. `[out]`
    package func outputMetric(
        in graph: Graph, shares: [Double]? = nil, spatialCorrelation: Double = SpatialModel.correlation
    ) throws -> Tensor {
        var weights = try weights(in: graph)
        if let shares {
            weights = try weights.multiplied(
                by: Tensor(shares.map { $0.squareRoot() }, shape: [outputs, 1, 1]))
        }
        let (channels, places) = (weights.shape[1], weights.shape[2])
        let summed = try weights.reduced(.sum, axes: [2])
        let alike = try summed.transposed().rowProducts()
        let rows = try weights.permuted([0, 2, 1]).reshaped([outputs * places, channels])
        let apart = try rows.transposed().rowProducts()
        return try alike.applying(.multiplied(spatialCorrelation))
            .adding(apart.applying(.multiplied(1 - spatialCorrelation)))
    }
}
