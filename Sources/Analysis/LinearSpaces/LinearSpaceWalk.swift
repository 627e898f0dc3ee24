internal import Coupling
internal import Graph
internal import Torch

/// Follows the strands of groups from node to node.
struct LinearSpaceWalk {
    private let network: AnalysedNetwork
    private(set) var table: StrandTable
    private var tags: [ValueID: LaneTags] = [:]
    /// Where a strand was last seen along a single axis.
    private(set) var places: [Int: LinearSpace.Place] = [:]
    /// The layers that read strands, by the strands of their weights.
    private(set) var layers: [Int: ConsumerLayer] = [:]
    /// The strands that are multiplied by one another.
    private(set) var products: [(left: Int, right: Int)] = []

    private var graph: Graph { network.graph }
    /// The largest number of elements that are followed.
    private static let mostElements = 1 << 24

    init(_ network: AnalysedNetwork, _ groups: [CoupledGroup]) {
        self.network = network
        table = StrandTable(groups, in: network)
    }

    /// Follows a node.
    mutating func pass(_ id: NodeID) throws {
        let node = graph[id]
        if try passLayer(id) { return }
        let incoming = node.inputs.compactMap { $0 }.filter {
            tags[$0] != nil || table.byParameter[$0] != nil
        }
        guard !incoming.isEmpty else { return }
        var isHandled = false
        switch try network.effect(of: id) {
        case .arrangement: isHandled = try arrange(id)
        case .sum: isHandled = try (scale(id) || sum(id))
        case .function, .product, .elementwise: isHandled = try scale(id)
        case .matrixProduct: isHandled = try multiply(id)
        case .unknown, .rectification, .average, .maximum, .filter, .normalisation: break
        }
        if !isHandled { try spoil(incoming) }
    }

    /// Gives up the groups whose strands are among values.
    private mutating func spoil(_ values: [ValueID]) throws {
        for value in values {
            for strand in table.byParameter[value] ?? [] { table.spoil(table.strands[strand].group) }
            for tag in Set(try tags[value]?.values() ?? []) where tag > 0 {
                table.spoil(table.group(of: tag))
            }
        }
    }

    /// Stores the tags of a value, unless nothing can come of them.
    private mutating func store(_ found: LaneTags, of value: ValueID) throws {
        let lanes: [Int]
        if let axis = found.axis {
            lanes = try found.lanes(along: axis) ?? []
            var positions: [Int: [Int: Int]] = [:]
            for (position, tag) in lanes.enumerated() where tag > 0 {
                let (strand, channel) = table.lane(tag)
                positions[strand, default: [:]][channel] = position
            }
            for (strand, channels) in positions where channels.count == width(of: strand) {
                places[strand] = LinearSpace.Place(
                    value: value, axis: axis, lanes: (0..<channels.count).compactMap { channels[$0] })
            }
        } else {
            lanes = try found.values()
        }
        let isUseful = Set(lanes).contains { $0 > 0 && !table.spoiled.contains(table.group(of: $0)) }
        tags[value] = isUseful ? found : nil
    }

    private func width(of strand: Int) -> Int { table.strands[strand].member.positions.count }

    /// The tags of the lanes of a parameter's axis; -1 where no strand lies.
    private func tags(of parameter: ValueID, axis: Int) -> [Int] {
        var lanes = [Int](repeating: -1, count: graph[parameter].type.shape[axis])
        for strand in table.byParameter[parameter] ?? [] {
            let own = table.strands[strand]
            guard own.member.axis == axis else { continue }
            for (channel, positions) in own.member.positions.enumerated() {
                lanes[positions[0]] = own.firstTag + channel
            }
        }
        return lanes
    }

    /// Joins what lies at the same place in two values; the second may be what is added to the first.
    private mutating func join(_ first: [Int], _ second: [Int], isReading: Bool = false) {
        for pair in Set(zip(first, second).map { [$0, $1] }) where pair[0] > 0 || pair[1] > 0 {
            guard pair[0] != 0, pair[1] != 0 else { continue }
            guard pair[0] > 0, pair[1] > 0 else {
                table.spoil(table.group(of: max(pair[0], pair[1])))
                continue
            }
            let (left, right) = (table.lane(pair[0]), table.lane(pair[1]))
            if left.channel != right.channel {
                table.spoil(table.strands[left.strand].group)
                table.spoil(table.strands[right.strand].group)
            } else {
                table.join(left.strand, right.strand, isReading: isReading)
            }
        }
    }
}

extension LinearSpaceWalk {
    /// Passes a layer with a stored weight; false if it is none.
    private mutating func passLayer(_ id: NodeID) throws -> Bool {
        let node = graph[id]
        guard let layer = try node.op.linearLayer(graph.operatorInputs(node.inputs)),
            let output = node.outputs.first,
            let weight = node.inputs[layer.weightInput], graph[weight].tensor != nil,
            let input = node.inputs[layer.dataInput]
        else { return false }
        try read(weight, from: input)
        let shape = graph[output].type.shape
        let made = tags(of: weight, axis: layer.weightOutputAxis)
        let strands = Set(made.filter { $0 > 0 }.map { table.lane($0).strand })
        guard !strands.isEmpty, shape.reduce(1, *) <= Self.mostElements else { return true }
        strands.forEach { table.meet($0) }
        if let place = layer.biasInput, node.inputs.indices.contains(place), let bias = node.inputs[place] {
            guard graph[bias].type.shape == [made.count] else {
                strands.forEach { table.spoil(table.strands[$0].group) }
                return true
            }
            let added = tags(of: bias, axis: 0)
            for tag in added where tag > 0 { table.meet(table.lane(tag).strand) }
            join(made, added)
        }
        try store(LaneTags(made, along: layer.outputAxis, of: shape), of: output)
        return true
    }

    /// Notes what a weight reads of a value.
    private mutating func read(_ weight: ValueID, from input: ValueID) throws {
        let readers = (table.byParameter[weight] ?? []).filter { table.strands[$0].member.role == .consumer }
        var seen: Set<Int> = []
        for strand in readers {
            let member = table.strands[strand].member
            guard let layer = try ConsumerLayer(member, in: network), layer.input == input,
                let place = try network.occurrences(of: member).first(where: { $0.isPlain }),
                let lanes = try tags[input]?.lanes(along: place.axis)
            else {
                table.spoil(table.strands[strand].group)
                continue
            }
            table.meet(strand)
            layers[strand] = layer
            let own = member.positions.map { $0[0] }
            seen.formUnion(own.map { lanes[$0] })
            join(
                own.map { lanes[$0] }, own.indices.map { table.strands[strand].firstTag + $0 },
                isReading: true)
        }
        for tag in Set(try tags[input]?.values() ?? []) where tag > 0 && !seen.contains(tag) {
            table.spoil(table.group(of: tag))
        }
    }

    /// Moves elements.
    private mutating func arrange(_ id: NodeID) throws -> Bool {
        let node = graph[id]
        let inputs = try node.inputs.map { input -> Tensor? in
            guard let input else { return nil }
            if let found = tags[input] { return found.tensor }
            let value = graph[input]
            if let known = value.known, !value.type.element.isFloatingPoint || known.count == 1 {
                return known
            }
            guard value.type.isKnown, value.type.element.isFloatingPoint else { return nil }
            return try Tensor(repeating: -1, shape: []).expanded(to: value.type.shape)
        }
        guard zip(inputs, node.inputs).allSatisfy({ ($0 == nil) == ($1 == nil) }),
            node.inputs.allSatisfy({ input in input.map { table.byParameter[$0] == nil } ?? true })
        else { return false }
        var context = EvaluationContext()
        let outputs = try node.op.evaluate(inputs, in: &context)
        for (output, tensor) in zip(node.outputs, outputs) {
            guard tensor.shape == graph[output].type.shape, tensor.count <= Self.mostElements else {
                return false
            }
            let before = node.inputs.first.flatMap { $0 }.flatMap { tags[$0]?.axis }
            let isSame = tensor.shape == inputs.first??.shape && node.op.typeName == "Identity"
            try store(LaneTags(tensor, axis: isSame ? before : nil), of: output)
        }
        return true
    }

    /// Multiplies all elements by one number.
    private mutating func scale(_ id: NodeID) throws -> Bool {
        let node = graph[id]
        let computed = node.inputs.indices.filter { place in
            node.inputs[place].map { graph[$0].known == nil } ?? false
        }
        guard let place = computed.first, computed.count == 1, node.outputs.count == 1,
            let input = node.inputs[place],
            let found = tags[input], graph[node.outputs[0]].type.shape == graph[input].type.shape,
            node.inputs.enumerated().allSatisfy({ index, other in
                index == place || other.map { graph[$0].known?.count == 1 } ?? true
            })
        else { return false }
        let probes: [Float] = [-1000, -3, -0.5, 0, 0.25, 1, 2, 700]
        let rank = max(graph[input].type.shape.count, 1)
        let shape = [Int](repeating: 1, count: rank - 1) + [probes.count]
        let inputs = try node.inputs.enumerated().map { index, other in
            index == place ? try Tensor(probes, shape: shape) : other.flatMap { graph[$0].known }
        }
        var context = EvaluationContext()
        // An operator may need more of its input than these numbers.
        guard let answers = try? node.op.evaluate(inputs, in: &context).first?.floats() else { return false }
        guard answers.count == probes.count, answers[3] == 0, answers[5] != 0, answers[5].isFinite,
            zip(answers, probes).allSatisfy({ abs($0 - answers[5] * $1) <= 1e-5 * abs(answers[5] * $1) })
        else { return false }
        try store(found, of: node.outputs[0])
        return true
    }

    /// Adds values, or a stored vector to one.
    private mutating func sum(_ id: NodeID) throws -> Bool {
        let node = graph[id]
        guard node.outputs.count == 1 else { return false }
        let shape = graph[node.outputs[0]].type.shape
        guard shape.reduce(1, *) <= Self.mostElements else { return false }
        let axis = node.inputs.compactMap { $0.flatMap { tags[$0]?.axis } }.first
        var sum: [Int]?
        for input in node.inputs {
            guard let input else { return false }
            let term: Tensor
            if let own = tags[input] {
                guard own.tensor.shape == shape else { return false }
                term = own.tensor
            } else if let strands = table.byParameter[input] {
                let members = strands.map { table.strands[$0].member }
                guard members.allSatisfy({ $0.role == .bias }), let first = members.first,
                    graph[input].type.count == graph[input].type.shape[first.axis]
                else { return false }
                strands.forEach { table.meet($0) }
                term = try Tensor(
                    tags(of: input, axis: first.axis).map(Float.init), shape: graph[input].type.shape)
            } else {
                term = try Tensor(repeating: -1, shape: [])
            }
            let values = try term.expanded(to: shape).floats().map { Int($0) }
            if let before = sum { join(before, values) }
            sum = sum.map { zip($0, values).map { max($0, $1) } } ?? values
        }
        guard let sum else { return false }
        try store(LaneTags(Tensor(sum.map(Float.init), shape: shape), axis: axis), of: node.outputs[0])
        return true
    }

    /// Multiplies matrices: channels that are summed over are read by others, and all others pass.
    private mutating func multiply(_ id: NodeID) throws -> Bool {
        let node = graph[id]
        guard node.inputs.count == 2, let left = node.inputs[0], let right = node.inputs[1] else {
            return false
        }
        let shape = graph[node.outputs[0]].type.shape
        let (first, second) = (tags[left], tags[right])
        if let first, let second {
            let leading = Array(shape.dropLast(2))
            guard let rows = try Self.vectors(first.tensor, leading, along: -1),
                let columns = try Self.vectors(second.tensor, leading, along: -2)
            else { return false }
            join(rows, columns, isReading: true)
            for pair in Set(zip(rows, columns).map { [$0, $1] }) where pair[0] > 0 && pair[1] > 0 {
                products.append((table.lane(pair[0]).strand, table.lane(pair[1]).strand))
            }
            return true
        }
        guard shape.reduce(1, *) <= Self.mostElements else { return false }
        let (passed, axis) = second.map { ($0, -2) } ?? first.map { ($0, -1) } ?? (nil, 0)
        guard let passed else { return false }
        let rank = passed.tensor.rank
        // Along the summed axis all tags must be the same.
        let summed = rank + axis
        let one = try passed.tensor.sliced(axis: summed, 0..<1)
        guard try one.expanded(to: passed.tensor.shape).floats() == passed.tensor.floats() else {
            return false
        }
        try store(LaneTags(one.expanded(to: shape)), of: node.outputs[0])
        return true
    }

    /// The tags along one of the last two axes of matrices, if those along the other are the same. `[..., length]`
    private static func vectors(_ tensor: Tensor, _ leading: [Int], along axis: Int) throws -> [Int]? {
        let (other, rank) = (axis == -1 ? -2 : -1, tensor.rank)
        let one = try tensor.sliced(axis: rank + other, 0..<1)
        guard try one.expanded(to: tensor.shape).floats() == tensor.floats() else { return nil }
        let length = tensor.shape[rank + axis]
        let matrices = axis == -1 ? [1, length] : [length, 1]
        return try one.expanded(to: leading + matrices).floats().map { Int($0) }
    }
}
