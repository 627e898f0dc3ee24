public import Torch

extension Graph {
    /// Returns the graph with other tensors for some parameters, and types inferred again where shapes changed.
    ///
    /// - Parameters:
    ///   - tensors: New tensors by parameter.
    ///   - operators: New operators by node, for attributes that hold lengths.
    ///   - constants: What inputs of nodes must be, by their index. An input that is not, after everything before it was
    ///     recomputed, gets a stored tensor of its own; others that read the same value are not changed.
    /// - Throws: `GraphError` where a value is not a parameter or a node no longer fits its inputs.
    public func replacing(
        parameters tensors: [ValueID: Tensor], operators: [NodeID: any Operator] = [:],
        constants: [NodeID: [Int: Tensor]] = [:]
    ) throws -> Graph {
        var copy = self
        var shapesChanged = !operators.isEmpty || !constants.isEmpty || values.contains { $0.constant != nil }
        for (id, tensor) in tensors {
            guard self[id].tensor != nil else {
                throw GraphError("\(self[id].name) is not a parameter")
            }
            let type = tensor.tensorType
            shapesChanged = shapesChanged || type != self[id].type
            copy.values[id.number].origin = .parameter(tensor)
            copy.values[id.number].type = type
        }
        for (id, op) in operators { copy.nodes[id.number].op = op }
        if shapesChanged { try copy.inferTypes(requiring: constants, changed: Set(tensors.keys)) }
        return copy
    }

    /// Connects an input of a node, extending the list of inputs if necessary.
    ///
    /// The value must come before the node, which `verify()` checks.
    package mutating func setInput(_ index: Int, of node: NodeID, to value: ValueID) {
        while nodes[node.number].inputs.count <= index { nodes[node.number].inputs.append(nil) }
        nodes[node.number].inputs[index] = value
    }

    /// Takes away a node's input, which must be optional.
    package mutating func removeInput(_ index: Int, of node: NodeID) {
        guard nodes[node.number].inputs.indices.contains(index) else { return }
        nodes[node.number].inputs[index] = nil
        while nodes[node.number].inputs.last == .some(nil) { nodes[node.number].inputs.removeLast() }
    }

    /// Returns the graph without some nodes: users of a removed node's first output get the given value instead.
    ///
    /// Parameters that nothing uses any more are dropped.
    public func removing(_ replacements: [NodeID: ValueID]) throws -> Graph {
        try rebuilt(
            nodeIDs.filter { replacements[$0] == nil }, reading: resolution(of: replacements))
    }

    /// Returns the graph without some nodes, others doing what they did.
    ///
    /// All other nodes and values keep their order, in whatever network with the same nodes.
    /// - Parameters:
    ///   - replacements: The removed nodes, and what is read instead of their first outputs.
    ///   - operators: Other operators of nodes that stay.
    ///   - weights: Other tensors of parameters.
    ///   - dropped: The parameters that nothing uses any more.
    /// - Throws: `GraphError` if the result is not valid.
    package func merging(
        _ replacements: [NodeID: ValueID], operators: [NodeID: any Operator], weights: [ValueID: Tensor],
        dropping dropped: Set<ValueID>
    ) throws -> Graph {
        try rebuilt(
            nodeIDs.filter { replacements[$0] == nil }, reading: resolution(of: replacements),
            operators: operators, weights: weights, keeping: Set(parameters).subtracting(dropped))
    }

    /// What is read in place of each value if nodes are removed.
    private func resolution(of replacements: [NodeID: ValueID]) -> (ValueID) -> ValueID {
        var substitutes: [ValueID: ValueID] = [:]
        for (id, value) in replacements {
            guard let output = self[id].outputs.first else { continue }
            substitutes[output] = value
        }
        return { [substitutes] id in
            var current = id
            while let next = substitutes[current] { current = next }
            return current
        }
    }

    /// A node that goes behind another one, whose first output is its first input.
    package struct Insertion {
        let op: any Operator
        let parameters: [(name: String, tensor: Tensor)]
        let name: String
        let outputName: String

        /// Describes a node.
        ///
        /// - Parameters:
        ///   - op: What it does.
        ///   - parameters: Its inputs from the second on.
        ///   - name: Its name.
        ///   - outputName: The name of its first and only output.
        package init(
            _ op: any Operator, parameters: [(name: String, tensor: Tensor)], name: String, outputName: String
        ) {
            (self.op, self.parameters, self.name, self.outputName) = (op, parameters, name, outputName)
        }
    }

    /// Returns the graph with nodes behind others: users of these nodes' first outputs get those of the new ones instead.
    ///
    /// Names that are taken are changed. Parameters that nothing uses are dropped.
    package func inserting(_ insertions: [NodeID: Insertion]) throws -> Graph {
        try rebuilt(nodeIDs, reading: { $0 }, insertions: insertions)
    }

    /// A node that takes over a part of another one's work: it reads its input, and the other one reads its output.
    package struct Division {
        /// The first node; its second input is a weight.
        let first: Insertion
        /// What the other node does from then on.
        let op: any Operator
        /// The other node's input that the first one reads.
        let dataInput: Int
        /// The other node's weight, which it must not share with another node.
        let weight: (id: ValueID, tensor: Tensor)

        /// Describes a division.
        package init(
            first: Insertion, op: any Operator, dataInput: Int, weight: (id: ValueID, tensor: Tensor)
        ) {
            (self.first, self.op, self.dataInput, self.weight) = (first, op, dataInput, weight)
        }
    }

    /// Returns the graph with nodes in two parts; the second ones keep the names of nodes, weights and outputs.
    ///
    /// Names of the first ones that are taken are changed.
    package func dividing(_ divisions: [NodeID: Division]) throws -> Graph {
        try rebuilt(
            nodeIDs, reading: { $0 }, divisions: divisions, operators: divisions.mapValues(\.op),
            weights: Dictionary(
                divisions.values.map { ($0.weight.id, $0.weight.tensor) },
                uniquingKeysWith: { first, _ in first }))
    }

    /// Returns a graph of some of the nodes, in order. Parameters after all other values stay there.
    ///
    /// - Parameter resolved: Returns the value that is read in place of one.
    private func rebuilt(
        _ keptNodes: [NodeID], reading resolved: (ValueID) -> ValueID,
        insertions: [NodeID: Insertion] = [:], divisions: [NodeID: Division] = [:],
        operators: [NodeID: any Operator] = [:], weights: [ValueID: Tensor] = [:],
        keeping kept: Set<ValueID> = []
    ) throws -> Graph {
        var used = kept.union(inputs + outputs.map(resolved))
        for id in keptNodes {
            used.formUnion(self[id].inputs.compactMap { $0.map(resolved) })
            used.formUnion(self[id].outputs)
        }
        var copy = Graph(name: name)
        var newIDs: [ValueID: ValueID] = [:]
        for id in valueIDs where used.contains(id) {
            switch self[id].origin {
            case .input: newIDs[id] = try copy.addInput(self[id].name, self[id].type)
            case .parameter(let tensor):
                newIDs[id] = try copy.addParameter(self[id].name, weights[id] ?? tensor)
            case .node: break
            }
        }
        func insert(_ insertion: Insertion, behind value: ValueID?) throws -> ValueID? {
            let parameters = try insertion.parameters.map {
                try copy.addParameter(copy.freshName($0.name, besides: self), $0.tensor)
            }
            return try copy.addNode(
                insertion.op, [value] + parameters, name: insertion.name,
                outputNames: [copy.freshName(insertion.outputName, besides: self)]
            ).first
        }
        for id in keptNodes {
            let node = self[id]
            var inputs = node.inputs.map { $0.flatMap { newIDs[resolved($0)] } }
            if let division = divisions[id] {
                inputs[division.dataInput] = try insert(division.first, behind: inputs[division.dataInput])
            }
            let outputs = try copy.addNode(
                operators[id] ?? node.op, inputs, name: node.name,
                outputNames: node.outputs.map { self[$0].name })
            for (old, new) in zip(node.outputs, outputs) { newIDs[old] = new }
            guard let insertion = insertions[id], let output = node.outputs.first else { continue }
            newIDs[output] = try insert(insertion, behind: outputs[0])
        }
        copy.setOutputs(outputs.compactMap { newIDs[resolved($0)] })
        let last = nodes.lazy.flatMap(\.outputs).map(\.number).max() ?? values.count
        copy.putLast(Set(parameters.filter { $0.number > last }.compactMap { newIDs[$0] }))
        try copy.verify()
        return copy
    }

    /// Numbers some values after all others.
    private mutating func putLast(_ ids: Set<ValueID>) {
        guard !ids.isEmpty else { return }
        let order = valueIDs.filter { !ids.contains($0) } + valueIDs.filter(ids.contains)
        let numbers = Dictionary(uniqueKeysWithValues: zip(order, valueIDs))
        func renumbered(_ id: ValueID) -> ValueID { numbers[id] ?? id }
        values = order.map { values[$0.number] }
        for place in nodes.indices {
            nodes[place].inputs = nodes[place].inputs.map { $0.map(renumbered) }
            nodes[place].outputs = nodes[place].outputs.map(renumbered)
        }
        inputs = inputs.map(renumbered)
        outputs = outputs.map(renumbered)
    }

    /// Checks every invariant of the graph.
    ///
    /// Node inputs come earlier, outputs belong to one node, declared types are the inferred ones, names are unique.
    /// - Throws: `GraphError` naming the first violation.
    public func verify() throws {
        var defined = Set(inputs).union(parameters)
        for (index, node) in nodes.enumerated() {
            for input in node.inputs.compactMap({ $0 }) where !defined.contains(input) {
                throw GraphError("uses \(self[input].name) before it is computed", node: node.name)
            }
            let types = try named(node.name) { try inferredTypes(of: node.op, node.inputs) }
            guard types.count >= node.outputs.count else {
                throw GraphError(
                    "has \(node.outputs.count) outputs, expected \(types.count)", node: node.name)
            }
            for (output, type) in zip(node.outputs, types) {
                guard case .node(NodeID(index)) = self[output].origin, defined.insert(output).inserted else {
                    throw GraphError("\(self[output].name) is computed twice", node: node.name)
                }
                guard self[output].type == type else {
                    throw GraphError(
                        "\(self[output].name) is declared \(self[output].type), expected \(type)",
                        node: node.name)
                }
            }
        }
        for id in parameters where self[id].tensor?.tensorType != self[id].type {
            throw GraphError("parameter \(self[id].name) does not have its declared type \(self[id].type)")
        }
        guard Set(values.map(\.name)).count == values.count else {
            throw GraphError("two values share a name")
        }
        guard !outputs.isEmpty else { throw GraphError("the graph has no output") }
        for output in outputs where !defined.contains(output) {
            throw GraphError("output \(self[output].name) is never computed")
        }
    }
}

extension Value.Origin {
    static func ~= (pattern: NodeID, origin: Value.Origin) -> Bool {
        if case .node(let id) = origin { id == pattern } else { false }
    }
}
