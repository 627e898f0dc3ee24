/// The outer values that the subgraphs of a node read.
struct CapturedNames {
    /// The names in order of first use, each once.
    private(set) var names: [String] = []
    private var seen: Set<String> = []

    /// Finds what a node's subgraphs read from outside.
    init(_ node: Onnx_NodeProto) {
        for graph in node.subgraphs { visit(graph, defined: []) }
    }

    private mutating func visit(_ graph: Onnx_GraphProto, defined outer: Set<String>) {
        var defined = outer
        defined.formUnion(graph.input.map(\.name))
        defined.formUnion(graph.initializer.map(\.name))
        defined.formUnion(graph.sparseInitializer.map(\.values.name))
        for node in graph.node {
            for name in node.input { read(name, defined) }
            for subgraph in node.subgraphs { visit(subgraph, defined: defined) }
            defined.formUnion(node.output)
        }
        for output in graph.output { read(output.name, defined) }
    }

    private mutating func read(_ name: String, _ defined: Set<String>) {
        guard !name.isEmpty, !defined.contains(name), seen.insert(name).inserted else { return }
        names.append(name)
    }
}

extension Onnx_NodeProto {
    /// The subgraphs in attributes.
    var subgraphs: [Onnx_GraphProto] { attribute.flatMap { ($0.hasG ? [$0.g] : []) + $0.graphs } }

    /// The operator's type, prefixed by its domain if that is not the standard's.
    var typeName: String { isStandard ? opType : "\(domain)::\(opType)" }

    /// Whether the operator is one of the standard's own.
    var isStandard: Bool { domain.isEmpty || domain == "ai.onnx" }

    /// The name for reports: its own, or that of its output.
    var label: String { name.isEmpty ? output.first { !$0.isEmpty } ?? opType : name }

    /// The node's outputs, except unnamed ones.
    var namedOutputs: [String] { output.filter { !$0.isEmpty } }
}
