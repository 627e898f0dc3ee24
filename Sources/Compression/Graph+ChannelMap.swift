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
            }
        }
        return (operators, constants)
    }
}
