import Checkpoints
import Foundation
import Graph

extension ONNXModel {
    /// Returns the names of the inputs with open lengths in a file, and the number of inputs.
    public static func openInputs(ofFile path: String) throws -> (names: [String], count: Int) {
        do {
            let inputs = try ONNXMessages.parsed(CheckpointFile.bytes(of: URL(fileURLWithPath: path))).graph
                .callerInputs
            let ports = try DimensionTable([:], inputs: inputs).ports
            let open = ports.filter { $0.dimensions.contains { if case .open = $0 { true } else { false } } }
            return (open.map(\.name), inputs.count)
        } catch var error as ONNXError {
            error.file = path
            throw error
        }
    }

    /// The versions of the operator sets by domain; the standard's own is "ai.onnx".
    public var operatorSets: [String: Int] {
        Dictionary(
            messages.opsetImport.map { ($0.domain.isEmpty ? "ai.onnx" : $0.domain, Int($0.version)) }
        ) { $1 }
    }

    /// Whether a network made from this one may have more layers: their weights could not be stored as integers beside those
    /// that are, and before operator set 11 a layer needs a bias.
    public var takesFurtherLayers: Bool { !hasIntegerWeights && operatorSets["ai.onnx", default: 0] >= 11 }

    /// The version of the file format.
    public var formatVersion: Int { Int(messages.irVersion) }

    /// The tool that wrote the file.
    public var producer: String {
        [messages.producerName, messages.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The model's documentation and metadata.
    public var metadata: [String: String] {
        Dictionary(messages.metadataProps.map { ($0.key, $0.value) }) { $1 }
    }

    /// Whether the caller may choose the number of samples: the first axis of every input is open.
    public var isBatchOpen: Bool {
        let inputs = messages.graph.callerInputs
        return !inputs.isEmpty
            && inputs.allSatisfy { input in
                guard case .tensorType(let type)? = input.type.value, let first = type.shape.dim.first else {
                    return false
                }
                if case .dimValue(let length)? = first.value { return length <= 0 }
                return true
            }
    }
}
