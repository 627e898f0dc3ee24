public import Coupling
public import Graph
internal import OptimalTransport
internal import Torch

extension Graph {
    /// Returns the graph with a channel map put on every member of a coupled group.
    ///
    /// Parameters are mixed, attributes and constants that hold lengths follow, and all shapes are inferred anew.
    /// - Throws: `CompressionError` where the map does not fit the group, `GraphError` where the result is not valid.
    public func applying(_ map: ChannelMap, to group: CoupledGroup, of coupling: Coupling) throws -> Graph {
        guard map.width == group.width else {
            throw CompressionError(
                "the map is for \(map.width) channels, group \(group.index) has \(group.width)")
        }
        let consumers = group.members(.consumer)
        if let stranger = map.consumers.first(where: { own in
            !consumers.contains { $0.name == own.parameter && $0.axis == own.axis }
        }) {
            throw CompressionError(
                "the map is for \(stranger.parameter) axis \(stranger.axis), which consumes no channel of group \(group.index)"
            )
        }
        var tensors: [ValueID: Tensor] = [:]
        for member in group.members {
            guard let tensor = tensors[member.parameter] ?? self[member.parameter].tensor else { continue }
            let mixing = AxisMixing(
                length: tensor.shape[member.axis], positions: member.positions, kept: map.kept,
                matrix: try matrix(of: map, for: member))
            tensors[member.parameter] = try mixing.applied(to: tensor, axis: member.axis)
        }
        for consumer in map.consumers where consumer.gain != nil || consumer.shift != nil {
            tensors.merge(try adjusted(consumer, of: group, weights: tensors)) { $1 }
        }
        var kept = [Bool](repeating: false, count: group.width)
        for channel in map.kept { kept[channel] = true }
        let (operators, constants) = try resized { value, axis, length in
            coupling.keptLanes(value, axis: axis, length: length, group: group.index, kept: kept)
        }
        tensors.merge(constants) { $1 }
        let result = try replacing(parameters: tensors, operators: operators)
        try result.verify()
        return result
    }

    /// Returns a consumer's weight times its gain and its layer's bias plus its shift.
    private func adjusted(
        _ consumer: ChannelMap.Consumer, of group: CoupledGroup, weights: [ValueID: Tensor]
    ) throws -> [ValueID: Tensor] {
        let member = group.members(.consumer).first {
            $0.name == consumer.parameter && $0.axis == consumer.axis
        }
        guard let member, let layer = try ConsumerLayer(member, in: self, users: consumers()),
            let weight = weights[member.parameter]
        else {
            throw CompressionError(
                "the outputs of \(consumer.parameter) cannot be adjusted: it is not one plain layer's weight")
        }
        func requireOutputs(_ values: [Double]) throws {
            guard values.count == layer.outputs, values.allSatisfy(\.isFinite) else {
                throw CompressionError(
                    "the map has \(values.count) finite adjustments for the \(layer.outputs) outputs of \(consumer.parameter)"
                )
            }
        }
        var result: [ValueID: Tensor] = [:]
        if let gain = consumer.gain {
            try requireOutputs(gain)
            var shape = weight.shape.map { _ in 1 }
            shape[layer.outputAxis] = layer.outputs
            result[member.parameter] = try weight.converted(to: .float64)
                .multiplied(by: Tensor(gain, shape: shape)).converted(to: weight.type)
        }
        if let shift = consumer.shift {
            try requireOutputs(shift)
            guard let id = layer.bias, let bias = weights[id] ?? self[id].tensor else {
                throw CompressionError("the layer of \(consumer.parameter) has no bias that could be shifted")
            }
            result[id] = try bias.converted(to: .float64).adding(Tensor(shift, shape: bias.shape))
                .converted(to: bias.type)
        }
        return result
    }

    private func matrix(of map: ChannelMap, for member: GroupMember) throws -> SparseMatrix {
        switch member.role {
        case .producer, .bias: return map.producer
        case .perChannel: return map.perChannel
        case .consumer:
            let own = map.consumers.first { $0.parameter == member.name && $0.axis == member.axis }
            guard let own else {
                throw CompressionError(
                    "the map says nothing about the consumer \(member.name) axis \(member.axis)")
            }
            return own.matrix.transposed
        }
    }

    /// Asks every node that touches a shrinking axis for its new operator and constants.
    private func resized(
        keptLanes: (ValueID, Int, Int) -> [Int]?
    ) throws -> (operators: [NodeID: any Operator], constants: [ValueID: Tensor]) {
        var kept: [ValueID: [Int: [Int]]] = [:]
        for id in valueIDs {
            for (axis, length) in self[id].type.shape.enumerated() {
                if let lanes = keptLanes(id, axis, length) { kept[id, default: [:]][axis] = lanes }
            }
        }
        var operators: [NodeID: any Operator] = [:]
        var constants: [ValueID: Tensor] = [:]
        var writers: [ValueID: Set<NodeID>] = [:]
        for id in nodeIDs {
            let node = self[id]
            var axes: [AxisReference: [Int]] = [:]
            for case (let index, let value?) in node.inputs.enumerated() {
                for (axis, lanes) in kept[value] ?? [:] { axes[.input(index, axis)] = lanes }
            }
            for (index, value) in node.outputs.enumerated() {
                for (axis, lanes) in kept[value] ?? [:] { axes[.output(index, axis)] = lanes }
            }
            guard !axes.isEmpty else { continue }
            let change = AxisChange(
                inputs: operatorInputs(node.inputs), outputs: node.outputs.map { self[$0].type }, kept: axes)
            operators[id] = try node.op.resized(change)
            for (index, tensor) in try node.op.resizedConstants(change) {
                guard node.inputs.indices.contains(index), let value = node.inputs[index] else { continue }
                if let other = constants[value], try other.bytes() != tensor.bytes() {
                    throw CompressionError(
                        "node \(node.name) shares the constant \(self[value].name) with a node that needs another"
                    )
                }
                constants[value] = tensor
                writers[value, default: []].insert(id)
            }
        }
        let users = consumers()
        for (value, tensor) in constants where try self[value].tensor?.bytes() != tensor.bytes() {
            if let other = users[value]?.first(where: { writers[value]?.contains($0) != true }) {
                throw CompressionError(
                    "node \(self[other].name) shares the constant \(self[value].name) with a node that needs another"
                )
            }
        }
        return (operators, constants)
    }
}
