internal import Coupling
internal import Graph
internal import Torch

extension LinearSpaceWalk {
    /// Passes a layer with a stored weight; false if it is none.
    mutating func passLayer(_ id: NodeID) throws -> Bool {
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
        guard !strands.isEmpty else { return true }
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
        for tag in try tags[input]?.distinct() ?? [] where tag > 0 && !seen.contains(tag) {
            table.spoil(table.group(of: tag))
        }
    }

    /// Moves elements.
    mutating func arrange(_ id: NodeID) throws -> Bool {
        let node = graph[id]
        let inputs = try node.inputs.map { input -> Tensor? in
            guard let input else { return nil }
            if let found = tags[input] { return try found.tensor() }
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
            try store(LaneTags(tensor), of: output)
        }
        return true
    }

    /// Multiplies all elements by one number.
    mutating func scale(_ id: NodeID) throws -> Bool {
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
    mutating func sum(_ id: NodeID) throws -> Bool {
        let node = graph[id]
        guard node.outputs.count == 1 else { return false }
        let shape = graph[node.outputs[0]].type.shape
        var terms: [LaneTags] = []
        for input in node.inputs {
            guard let input else { return false }
            if let own = tags[input] {
                guard own.shape == shape else { return false }
                terms.append(own)
            } else if let strands = table.byParameter[input] {
                let stored = graph[input].type.shape
                let axis = table.strands[strands[0]].member.axis
                guard
                    strands.allSatisfy({ table.strands[$0].member.role == .bias }),
                    stored.count <= shape.count, stored.reduce(1, *) == stored[axis],
                    shape[axis + shape.count - stored.count] == stored[axis]
                else { return false }
                strands.forEach { table.meet($0) }
                terms.append(
                    LaneTags(
                        tags(of: input, axis: axis), along: axis + shape.count - stored.count, of: shape))
            } else {
                // Nothing is known of what is added.
                return false
            }
        }
        let lines = terms.compactMap(\.line)
        let axes = Set(lines.map(\.axis))
        let isPlain = lines.count == terms.count && axes.count == 1
        guard isPlain || shape.reduce(1, *) <= Self.mostElements else { return false }
        let all =
            try isPlain
            ? lines.map(\.tags) : terms.map { try $0.tensor().floats().map { Int($0) } }
        guard var sum = all.first else { return false }
        for next in all.dropFirst() {
            join(sum, next)
            sum = zip(sum, next).map { max($0, $1) }
        }
        let found =
            try axes.first.flatMap { isPlain ? LaneTags(sum, along: $0, of: shape) : nil }
            ?? LaneTags(Tensor(sum.map(Float.init), shape: shape))
        try store(found, of: node.outputs[0])
        return true
    }

    /// Multiplies matrices: channels that are summed over are read by others, and all others pass.
    mutating func multiply(_ id: NodeID) throws -> Bool {
        let node = graph[id]
        guard node.inputs.count == 2, let left = node.inputs[0], let right = node.inputs[1] else {
            return false
        }
        let shape = graph[node.outputs[0]].type.shape
        let (first, second) = (tags[left], tags[right])
        if let first, let second {
            let leading = Array(shape.dropLast(2))
            guard let rows = try Self.vectors(first.tensor(), leading, along: -1),
                let columns = try Self.vectors(second.tensor(), leading, along: -2)
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
        let tensor = try passed.tensor()
        // Along the summed axis all tags must be the same.
        let one = try tensor.sliced(axis: tensor.rank + axis, 0..<1)
        guard try one.expanded(to: tensor.shape).floats() == tensor.floats() else { return false }
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
