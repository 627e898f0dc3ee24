import Graph

extension ONNXModel {
    /// The versions of the operator sets by domain; the standard's own has the domain "ai.onnx".
    public var operatorSets: [String: Int] {
        Dictionary(
            messages.opsetImport.map { ($0.domain.isEmpty ? "ai.onnx" : $0.domain, Int($0.version)) }
        ) { $1 }
    }

    /// The version of the file format.
    public var formatVersion: Int { Int(messages.irVersion) }

    /// What wrote the file.
    public var producer: String {
        [messages.producerName, messages.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// Texts beside the model.
    public var metadata: [String: String] {
        Dictionary(messages.metadataProps.map { ($0.key, $0.value) }) { $1 }
    }

    /// Whether the caller may choose how many samples run at a time: the first axis of every input is open.
    public var isBatchOpen: Bool {
        let stored = Set(messages.graph.initializer.map(\.name))
        let inputs = messages.graph.input.filter { !stored.contains($0.name) }
        return !inputs.isEmpty
            && inputs.allSatisfy { input in
                guard case .tensorType(let type)? = input.type.value, let first = type.shape.dim.first else {
                    return false
                }
                if case .dimValue? = first.value { return false }
                return true
            }
    }
}
