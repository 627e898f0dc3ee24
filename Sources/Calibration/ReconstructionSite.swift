internal import Analysis
internal import Compression
internal import Graph
internal import Torch

/// A layer that can be fitted.
struct ReconstructionSite {
    let id: NodeID
    let name: String
    let linear: LinearLayer
    /// What the layer reads.
    let data: ValueID
    let output: ValueID
    let weight: ValueID
    /// Its bias, or the vector that is added to its outputs.
    let bias: ValueID?
    /// Where its outputs go.
    let junction: LayerJunction
    /// How the original outputs are merged, first to last.
    private let mixings: [AxisMixing]
    /// The original weight as a matrix `[out, fan-in]` and the bias `[out]`, both merged on the output side.
    private let target: (weight: Tensor, bias: Tensor?)

    /// nil if the node is not a linear layer, shares its weight, or was not merged as a whole.
    ///
    /// - Parameters:
    ///   - isKnown: Whether a value is computed before this layer.
    ///   - isAnchored: Whether the layer's output is scaled and shifted to known moments before anything is added to it.
    init?(
        _ id: NodeID, _ network: CompressedNetwork, isKnown: (ValueID) -> Bool, isAnchored: Bool = false
    ) throws {
        let (graph, small, users) = (network.original.graph, network.graph, network.original.readers)
        let node = graph[id]
        guard let linear = try node.op.linearLayer(graph.operatorInputs(node.inputs)),
            let data = node.inputs[linear.dataInput], let weight = node.inputs[linear.weightInput],
            var target = graph[weight].tensor, let now = small[weight].tensor, users[weight]?.count == 1
        else { return nil }
        let outputs = now.shape[linear.weightOutputAxis]
        let own = linear.biasInput.flatMap { node.inputs.indices.contains($0) ? node.inputs[$0] : nil }
        let bias = try LayerBias(of: id, outputAxis: linear.outputAxis, in: network.original)
            .flatMap { own == nil && isAnchored ? nil : $0 }
        guard own == nil || bias != nil else { return nil }
        var shift: Tensor?
        if let bias {
            guard var tensor = graph[bias.parameter].tensor, small[bias.parameter].tensor?.count == outputs
            else { return nil }
            for mixing in network.mixings(graph[bias.parameter].name, axis: bias.axis) {
                tensor = try mixing.applied(to: tensor, axis: bias.axis)
            }
            guard tensor.count == outputs else { return nil }
            shift = try tensor.reshaped([outputs])
        }
        mixings = network.mixings(graph[weight].name, axis: linear.weightOutputAxis)
        for mixing in mixings {
            target = try mixing.applied(to: target, axis: linear.weightOutputAxis)
        }
        guard target.shape[linear.weightOutputAxis] == outputs else { return nil }
        self.id = id
        name = node.name
        self.linear = linear
        self.data = data
        output = node.outputs[0]
        self.weight = weight
        self.bias = bias?.parameter
        shapeBefore = target.shape
        self.target = (try linear.matrix(of: target), shift)
        junction = try LayerJunction(
            node.outputs[0], axis: linear.outputAxis, bias: bias?.parameter, in: network.original,
            isKnown: isKnown)
    }

    /// The shape of the original weight, merged on the output side.
    let shapeBefore: [Int]
    /// That weight as a matrix. `[out, fan-in]`
    var weightBefore: Tensor { target.weight }

    /// Returns the layer's target outputs `[positions, out]` for rows that the original one reads.
    func wanted(_ rows: Tensor) throws -> Tensor {
        try rows.linear(weight: target.weight, bias: target.bias)
    }

    /// Returns values of the original network on the axis of the layer's outputs, merged like them.
    func merged(_ values: Tensor) throws -> Tensor {
        try mixings.reduce(values) { try $1.applied(to: $0, axis: linear.outputAxis) }
    }

    /// The other terms of the sum that the layer's outputs go into. `[positions, out]` each
    struct Surroundings {
        /// What the layer's outputs must compensate for: the other terms of the original network, merged, less the
        /// present ones.
        let missing: Tensor
        /// The present other terms.
        let present: Tensor

        /// Outputs with a smaller factor compensate for nothing.
        private static let leastFactor = 1e-3

        /// The same in units of outputs that are scaled and shifted before they go into the sum.
        func seen(through affine: ChannelAffine?) throws -> Surroundings {
            guard let affine else { return self }
            let count = affine.factor.count
            let inverse = try Tensor(
                affine.factor.map { $0 > Self.leastFactor ? 1 / $0 : 0 }, shape: [1, count])
            return Surroundings(
                missing: try missing.multiplied(by: inverse),
                present: try present.adding(Tensor(affine.shift, shape: [1, count]))
                    .multiplied(by: inverse))
        }
    }

    /// Returns the other terms of the sum at some positions of a batch.
    func surroundings(
        _ walk: CalibrationWalk, batch: Int, at positions: [Int]?, count: Int, _ small: Graph
    ) throws -> Surroundings {
        func rows(_ tensor: Tensor) throws -> Tensor {
            let rows = try linear.outputRows(tensor)
            return try (positions.map { try rows.selecting(axis: 0, $0) } ?? rows).converted(to: .float64)
        }
        let outputs = target.weight.shape[0]
        var missing = try Tensor(repeating: 0, shape: [count, outputs], type: .float64)
        var present = missing
        for term in junction.terms {
            let now = try walk.value(term.value, of: .compressed, batch: batch)
            let before = try merged(walk.value(term.value, batch: batch))
            let (wanted, found) = (
                try rows(before).applying(.multiplied(term.weight)),
                try rows(now).applying(.multiplied(term.weight))
            )
            guard wanted.shape == missing.shape, found.shape == missing.shape else {
                throw CompressionError("a term beside \(name) has other channels than its outputs")
            }
            missing = try missing.adding(wanted.subtracting(found))
            present = try present.adding(found)
        }
        for constant in junction.constants {
            guard let vector = small[constant.value].tensor, vector.count == outputs else {
                throw CompressionError("what is added to \(name) has other channels than its outputs")
            }
            present = try present.adding(
                vector.converted(to: .float64).reshaped([1, outputs]).applying(.multiplied(constant.weight)))
        }
        return Surroundings(missing: missing, present: present)
    }
}
