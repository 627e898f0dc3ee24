import Graph
import Operators

/// Puts nodes back into the branches of Ifs, if only one branch needs them.
struct ChoiceWriter {
    private var nodes: [Onnx_NodeProto?]
    /// The nodes that read each value.
    private var readers: [String: Set<Int>] = [:]
    private let outputs: Set<String>
    private let type: (String) -> TensorType
    private var moved: Set<String> = []

    /// Makes an If of every choice of a graph.
    ///
    /// - Parameter type: Returns the type of a value.
    static func closeChoices(in graph: inout Onnx_GraphProto, type: @escaping (String) -> TensorType) {
        guard graph.node.contains(where: isChoice) else { return }
        var writer = ChoiceWriter(graph, type)
        writer.dropUnread()
        // A choice inside a branch comes before the one around it, and moves with it.
        for index in graph.node.indices where isChoice(graph.node[index]) { writer.close(index) }
        graph.node = writer.nodes.compactMap { $0 }
        graph.valueInfo.removeAll { writer.moved.contains($0.name) }
    }

    private static func isChoice(_ node: Onnx_NodeProto) -> Bool {
        node.domain == BranchChoice.domain && node.opType == BranchChoice.type
    }

    private init(_ graph: Onnx_GraphProto, _ type: @escaping (String) -> TensorType) {
        nodes = graph.node
        outputs = Set(graph.output.map(\.name))
        self.type = type
        for (index, node) in graph.node.enumerated() { note(node, at: index) }
    }

    private mutating func note(_ node: Onnx_NodeProto, at index: Int) {
        for name in node.input + CapturedNames(node).names { readers[name, default: []].insert(index) }
    }

    private mutating func forget(_ node: Onnx_NodeProto, at index: Int) {
        for name in node.input + CapturedNames(node).names { readers[name]?.remove(index) }
    }

    /// Removes unused nodes: conditions of settled choices would hold on to nodes of a branch.
    private mutating func dropUnread() {
        for index in nodes.indices.reversed() {
            guard let node = nodes[index],
                node.namedOutputs.allSatisfy({ !outputs.contains($0) && readers[$0]?.isEmpty ?? true })
            else { continue }
            nodes[index] = nil
            moved.formUnion(node.namedOutputs)
            forget(node, at: index)
        }
    }

    private mutating func close(_ index: Int) {
        guard let choice = nodes[index] else { return }
        let count = choice.output.count
        guard choice.input.count == 1 + 2 * count else { return }
        let taken = [Array(choice.input[1...count]), Array(choice.input[(count + 1)...])]
        var node = choice
        node.attribute = []
        for (position, name) in ["then_branch", "else_branch"].enumerated() {
            // What the other branch reads has to be computed before both.
            let others = Set(taken[1 - position] + [choice.input[0]] + CapturedNames(node).names)
            var attribute = Onnx_AttributeProto()
            attribute.name = name
            attribute.type = .graph
            attribute.g = body(
                taken[position], of: choice, at: index, butNot: others, name: "\(choice.output[0])/\(name)")
            node.attribute.append(attribute)
        }
        (node.domain, node.opType, node.input) = ("", "If", [choice.input[0]])
        nodes[index] = node
        for name in taken.joined() { readers[name]?.remove(index) }
        note(node, at: index)
    }

    /// Removes the nodes that only one branch of a choice needs, and returns them as that branch.
    private mutating func body(
        _ results: [String], of choice: Onnx_NodeProto, at index: Int, butNot others: Set<String>,
        name: String
    ) -> Onnx_GraphProto {
        var inside: Set<Int> = []
        for candidate in (0..<index).reversed() {
            guard let node = nodes[candidate] else { continue }
            let names = node.namedOutputs
            let isNeededHere = names.contains { results.contains($0) || readers[$0]?.isEmpty == false }
            let isNeededElsewhere = names.contains { name in
                outputs.contains(name) || others.contains(name)
                    || readers[name]?.contains { $0 != index && !inside.contains($0) } ?? false
            }
            if isNeededHere, !isNeededElsewhere { inside.insert(candidate) }
        }
        var graph = Onnx_GraphProto()
        graph.name = name
        var made: Set<String> = []
        for candidate in inside.sorted() {
            guard let node = nodes[candidate] else { continue }
            graph.node.append(node)
            made.formUnion(node.namedOutputs)
            nodes[candidate] = nil
            forget(node, at: candidate)
        }
        moved.formUnion(made)
        var seen: Set<String> = []
        for (position, result) in results.enumerated() {
            // A value that a branch returns unchanged has to be made inside it.
            var output = result
            if !made.contains(result) || !seen.insert(result).inserted {
                output = "\(name).\(position)"
                var identity = Onnx_NodeProto()
                (identity.opType, identity.input, identity.output) = ("Identity", [result], [output])
                graph.node.append(identity)
            }
            var info = Onnx_ValueInfoProto()
            info.name = output
            var tensor = Onnx_TypeProto.Tensor()
            tensor.elemType = ElementType.code(type(result).element)
            info.type.value = .tensorType(tensor)
            graph.output.append(info)
        }
        return graph
    }
}
