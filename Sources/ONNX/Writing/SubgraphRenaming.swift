extension Onnx_NodeProto {
    /// Renames outer values where the node's subgraphs read them.
    mutating func renameCaptures(_ names: [String: String]) {
        guard !names.isEmpty else { return }
        for index in attribute.indices {
            if attribute[index].hasG { attribute[index].g.renameCaptures(names) }
            for graph in attribute[index].graphs.indices {
                attribute[index].graphs[graph].renameCaptures(names)
            }
        }
    }
}

extension Onnx_GraphProto {
    fileprivate mutating func renameCaptures(_ names: [String: String]) {
        // Names that the subgraph defines itself hide the outer ones.
        var names = names
        for name in input.map(\.name) + initializer.map(\.name) { names[name] = nil }
        for index in node.indices {
            node[index].input = node[index].input.map { names[$0] ?? $0 }
            node[index].renameCaptures(names)
            for name in node[index].output { names[name] = nil }
        }
        for index in output.indices { output[index].name = names[output[index].name] ?? output[index].name }
    }

    /// The names of everything that subgraphs define.
    var innerNames: Set<String> {
        node.flatMap(\.subgraphs).reduce(into: []) { names, graph in
            names.formUnion(graph.input.map(\.name))
            names.formUnion(graph.initializer.map(\.name))
            names.formUnion(graph.node.flatMap(\.output))
            names.formUnion(graph.innerNames)
        }
    }
}
