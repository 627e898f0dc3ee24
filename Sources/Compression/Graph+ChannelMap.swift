public import Coupling
public import Graph
internal import Moments
internal import OptimalTransport
package import Torch

extension Graph {
    /// Returns the graph with a channel map put on every member of a coupled group.
    ///
    /// Parameters are mixed, attributes and constants that hold lengths follow, and all shapes are inferred anew.
    /// - Throws: `CompressionError` where the map does not fit the group, `GraphError` where the result is not valid.
    public func applying(_ map: ChannelMap, to group: CoupledGroup, of coupling: Coupling) throws -> Graph {
        try applying([(map, group)], of: coupling)
    }

    /// Returns the graph with channel maps put on several coupled groups at once.
    ///
    /// Every map is one for this graph: what a layer becomes as the consumer of one group, scaled and shifted outputs included,
    /// is what it produces another group's channels from.
    /// - Throws: `CompressionError` where a map does not fit its group, `GraphError` where the result is not valid.
    public func applying(
        _ changes: [(map: ChannelMap, group: CoupledGroup)], of coupling: Coupling
    ) throws -> Graph {
        for (map, group) in changes { try check(map, of: group) }
        guard Set(changes.map(\.group.index)).count == changes.count else {
            throw CompressionError("two maps are for the same group")
        }
        var tensors: [ValueID: Tensor] = [:]
        let users = consumers()
        // Outputs are scaled while channels are where the maps say; positions on a shared axis are mixed together.
        for (map, group) in changes {
            for member in group.members(.consumer) {
                guard let tensor = tensors[member.parameter] ?? self[member.parameter].tensor else {
                    continue
                }
                tensors[member.parameter] = try adjusting(tensor, map, member, users, &tensors)
            }
        }
        for (axis, mixing) in try mixings(changes) {
            guard let tensor = tensors[axis.parameter] ?? self[axis.parameter].tensor else { continue }
            tensors[axis.parameter] = try mixing.applied(to: tensor, axis: axis.axis)
        }
        let kept = Dictionary(
            changes.map { change in
                var kept = [Bool](repeating: false, count: change.group.width)
                for channel in change.map.kept { kept[channel] = true }
                return (change.group.index, kept)
            }, uniquingKeysWith: { first, _ in first })
        return try following(tensors) { value, axis, length in
            coupling.keptLanes(value, axis: axis, length: length, kept: kept)
        }
    }

    /// Returns the graph with new tensors whose axes have other lanes: attributes and constants that hold lengths follow.
    ///
    /// - Parameters:
    ///   - tensors: The parameters that change.
    ///   - lanes: For an axis of a value and its length: the lanes that it has from now on, by their numbers before; nil
    ///     where it stays.
    /// - Throws: `GraphError` where the result is not valid.
    package func following(
        _ tensors: [ValueID: Tensor], lanes: (ValueID, Int, Int) -> [Int]?
    ) throws -> Graph {
        var tensors = tensors
        let (operators, constants) = try resized(keptLanes: lanes)
        let shared = try commonConstants(of: constants)
        tensors.merge(shared) { $1 }
        let result = try replacing(parameters: tensors, operators: operators, constants: constants)
        try result.verify()
        return result
    }

    /// Returns how each axis of each parameter is mixed, consuming axes first, by all groups on it.
    func mixings(
        _ changes: [(map: ChannelMap, group: CoupledGroup)]
    ) throws -> [(key: ParameterAxis, mixing: AxisMixing)] {
        var parts: [ParameterAxis: [AxisMixing.Part]] = [:]
        var order: [ParameterAxis] = []
        for isConsuming in [true, false] {
            for (map, group) in changes {
                for member in group.members where (member.role == .consumer) == isConsuming {
                    let key = ParameterAxis(parameter: member.parameter, axis: member.axis)
                    let part = AxisMixing.Part(
                        positions: member.positions, kept: map.kept, matrix: try matrix(of: map, for: member))
                    if parts[key] == nil { order.append(key) }
                    parts[key, default: []].append(part)
                }
            }
        }
        return order.map { key in
            let length = self[key.parameter].type.shape[key.axis]
            return (key, AxisMixing(length: length, parts: parts[key] ?? []))
        }
    }

    private func check(_ map: ChannelMap, of group: CoupledGroup) throws {
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
    }

    /// Returns a consumer's weight with the map's gain on the columns of its channels, and shifts its layer's bias.
    private func adjusting(
        _ weight: Tensor, _ map: ChannelMap, _ member: GroupMember, _ users: [ValueID: [NodeID]],
        _ tensors: inout [ValueID: Tensor]
    ) throws -> Tensor {
        guard let own = map.consumers.first(where: { $0.parameter == member.name && $0.axis == member.axis }),
            own.gain != nil || own.shift != nil
        else { return weight }
        guard let layer = try ConsumerLayer(member, in: self, users: users) else {
            throw CompressionError(
                "the outputs of \(member.name) cannot be adjusted: it is not one plain layer's weight")
        }
        for values in [own.gain, own.shift].compactMap({ $0 }) {
            guard values.count == layer.outputs, values.allSatisfy(\.isFinite) else {
                throw CompressionError(
                    "the map has \(values.count) adjustments, or some that are not finite, for the \(layer.outputs) outputs of \(member.name)"
                )
            }
        }
        if let shift = own.shift {
            guard let id = layer.bias, let bias = tensors[id] ?? self[id].tensor else {
                throw CompressionError("the layer of \(member.name) has no bias that could be shifted")
            }
            tensors[id] = try bias.converted(to: .float64).adding(Tensor(shift, shape: bias.shape))
                .converted(to: bias.type)
        }
        guard let gain = own.gain else { return weight }
        return try layer.scaled(weight, by: gain)
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

    /// Asks every node that touches a shrinking axis or reads computed lengths for its new operator and constants.
    private func resized(
        keptLanes: (ValueID, Int, Int) -> [Int]?
    ) throws -> (operators: [NodeID: any Operator], constants: [NodeID: [Int: Tensor]]) {
        var kept: [ValueID: [Int: [Int]]] = [:]
        for id in valueIDs {
            for (axis, length) in self[id].type.shape.enumerated() {
                if let lanes = keptLanes(id, axis, length) { kept[id, default: [:]][axis] = lanes }
            }
        }
        var operators: [NodeID: any Operator] = [:]
        var constants: [NodeID: [Int: Tensor]] = [:]
        for id in nodeIDs {
            let node = self[id]
            var axes: [AxisReference: [Int]] = [:]
            for case (let index, let value?) in node.inputs.enumerated() {
                for (axis, lanes) in kept[value] ?? [:] { axes[.input(index, axis)] = lanes }
            }
            for (index, value) in node.outputs.enumerated() {
                for (axis, lanes) in kept[value] ?? [:] { axes[.output(index, axis)] = lanes }
            }
            // A node of which nothing shrinks must not follow lengths that do either: heads that are frozen keep the width
            // that was computed from a stream's.
            let readsComputed = node.inputs.contains { $0.map { self[$0].constant != nil } ?? false }
            guard !axes.isEmpty || readsComputed else { continue }
            let change = AxisChange(
                inputs: operatorInputs(node.inputs), outputs: node.outputs.map { self[$0].type }, kept: axes)
            if !axes.isEmpty { operators[id] = try node.op.resized(change) }
            let lengths = try node.op.resizedConstants(change)
            for (index, tensor) in lengths {
                // Bounds of one Slice must stay of one type.
                let type = change.inputs.optionalType(index)?.element ?? tensor.type
                constants[id, default: [:]][index] =
                    type == tensor.type ? tensor : try tensor.converted(to: type)
            }
        }
        return (operators, constants)
    }

    /// Returns new tensors for the stored constants of which all users need the same.
    private func commonConstants(of wanted: [NodeID: [Int: Tensor]]) throws -> [ValueID: Tensor] {
        var common: [ValueID: Tensor] = [:]
        for (id, constants) in wanted {
            for (index, tensor) in constants where self[id].inputs.indices.contains(index) {
                guard let value = self[id].inputs[index], let stored = self[value].tensor else { continue }
                // What stays must not count as changed: numbers that follow from it would be taken for new ones.
                if try !stored.holdsSame(as: tensor) { common[value] = tensor }
            }
        }
        for id in nodeIDs where !common.isEmpty {
            for case (let index, let value?) in self[id].inputs.enumerated() {
                guard let tensor = common[value] else { continue }
                // The user that needs another gets a constant of its own.
                if try wanted[id]?[index]?.holdsSame(as: tensor) != true { common[value] = nil }
            }
        }
        return common
    }
}
