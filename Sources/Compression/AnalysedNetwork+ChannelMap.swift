public import Analysis
public import Coupling
public import Graph
internal import OptimalTransport
internal import Torch

extension AnalysedNetwork {
    /// Returns the graph after applying a channel map to every member of a coupled group.
    ///
    /// Parameters are mixed, attributes and constants that hold lengths are updated, and all shapes are
    /// inferred again.
    /// - Throws: `CompressionError` if the map does not fit the group, `GraphError` if the result is not
    ///   valid.
    public func applying(_ map: ChannelMap, to group: CoupledGroup) throws -> Graph {
        try applying([(map, group)])
    }

    /// Returns the graph after applying channel maps to several coupled groups at once.
    ///
    /// Every map was made for this graph. A layer that consumes one group and produces another is first
    /// changed as a consumer, with scaled and shifted outputs, and then as a producer.
    /// - Throws: `CompressionError` if a map does not fit its group, `GraphError` if the result is not valid.
    public func applying(_ changes: [(map: ChannelMap, group: CoupledGroup)]) throws -> Graph {
        for (map, group) in changes { try check(map, of: group) }
        guard Set(changes.map(\.group.index)).count == changes.count else {
            throw CompressionError("the same group has two maps")
        }
        var tensors: [ValueID: Tensor] = [:]
        // Outputs are scaled while channels are where the maps say; positions on a shared axis are mixed
        // together.
        for (map, group) in changes {
            for member in group.members(.consumer) {
                guard let tensor = tensors[member.parameter] ?? graph[member.parameter].tensor else {
                    continue
                }
                tensors[member.parameter] = try adjusting(tensor, map, member, &tensors)
            }
        }
        for (axis, mixing) in try mixings(changes) {
            guard let tensor = tensors[axis.parameter] ?? graph[axis.parameter].tensor else { continue }
            tensors[axis.parameter] = try mixing.applied(to: tensor, axis: axis.axis)
        }
        let kept = Dictionary(
            changes.map { change in
                var kept = [Bool](repeating: false, count: change.group.width)
                for channel in change.map.kept { kept[channel] = true }
                return (change.group.index, kept)
            }, uniquingKeysWith: { first, _ in first })
        return try graph.following(tensors) { value, axis, length in
            coupling.keptLanes(value, axis: axis, length: length, kept: kept)
        }
    }

    /// Returns how each axis of each parameter is mixed by all groups on it, consuming axes first.
    package func mixings(
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
            let length = graph[key.parameter].type.shape[key.axis]
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

    /// Returns a consumer's weight with the map's gain in its channels' columns, and shifts its layer's bias.
    private func adjusting(
        _ weight: Tensor, _ map: ChannelMap, _ member: GroupMember, _ tensors: inout [ValueID: Tensor]
    ) throws -> Tensor {
        guard let own = map.consumers.first(where: { $0.parameter == member.name && $0.axis == member.axis }),
            own.gain != nil || own.shift != nil
        else { return weight }
        guard let layer = try ConsumerLayer(member, in: self) else {
            throw CompressionError(
                "cannot adjust the outputs of \(member.name): it is not the weight of one plain layer")
        }
        for values in [own.gain, own.shift].compactMap({ $0 }) {
            guard values.count == layer.outputs, values.allSatisfy(\.isFinite) else {
                throw CompressionError(
                    "the map has \(values.count) adjustments, or some that are not finite, for the \(layer.outputs) outputs of \(member.name)"
                )
            }
        }
        if let shift = own.shift {
            guard let id = layer.bias, let bias = tensors[id] ?? graph[id].tensor else {
                throw CompressionError("cannot shift the layer of \(member.name): it has no bias")
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
                    "the map has no entry for the consumer \(member.name) axis \(member.axis)")
            }
            return own.matrix.transposed
        }
    }
}
