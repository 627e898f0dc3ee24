import Graph
import Synchronization
import Torch

/// A subgraph in an attribute of a node, traced for the types of its inputs.
final class ImportedSubgraph: Subgraph {
    /// What a trace depends on.
    private struct Key: Hashable {
        let types: [TensorType]
        let device: Device
    }

    /// A loop whose values grow has new types in every iteration.
    private static let greatestTraceCount = 16

    /// The model around the subgraph, without its nodes.
    private let frame: Onnx_ModelProto
    private let body: Onnx_GraphProto
    private let external: ExternalData
    /// For each outer value that the node's subgraphs read, its name where this subgraph reads it.
    private let captured: [String?]
    private let traces = Mutex<[Key: Executor]>([:])

    /// Prepares a subgraph.
    ///
    /// - Parameters:
    ///   - body: The graph.
    ///   - captured: The names of the outer values that the node's subgraphs read, in the order of the node's
    ///     inputs.
    ///   - model: The model that contains it.
    init(_ body: Onnx_GraphProto, captured: [String], in model: Onnx_ModelProto, external: ExternalData) {
        self.body = body
        self.external = external
        var attribute = Onnx_AttributeProto()
        attribute.g = body
        var holder = Onnx_NodeProto()
        holder.attribute = [attribute]
        let own = Set(CapturedNames(holder).names)
        self.captured = captured.map { own.contains($0) ? $0 : nil }
        var frame = Onnx_ModelProto()
        (frame.irVersion, frame.opsetImport, frame.functions) = (
            model.irVersion, model.opsetImport, model.functions
        )
        self.frame = frame
    }

    var inputCount: Int { body.input.count }
    var outputCount: Int { body.output.count }

    func run(_ inputs: [Tensor], captured tensors: [Tensor?]) throws -> [Tensor] {
        guard inputs.count == body.input.count, tensors.count == captured.count else {
            throw GraphError(
                "\(body.name) takes \(body.input.count) values and \(captured.count) of the enclosing graph, got \(inputs.count) and \(tensors.count)"
            )
        }
        var names = body.input.map(\.name)
        var values = inputs
        for (name, tensor) in zip(captured, tensors) {
            guard let name, let tensor else { continue }
            names.append(name)
            values.append(tensor)
        }
        let key = Key(types: values.map(\.tensorType), device: values.first?.device ?? .cpu)
        let executor = try traces.withLock { $0[key] } ?? trace(names, key)
        // A body may return sequences; only a whole network may not.
        let (inputs, outputs) = (executor.graph.inputs, executor.graph.outputs)
        let made = try executor.compute(
            outputs, from: Dictionary(zip(inputs, values).map { ($0, $1) }) { first, _ in first })
        return outputs.compactMap { made[$0] }
    }

    private func trace(_ names: [String], _ key: Key) throws -> Executor {
        var model = frame
        model.graph = body
        model.graph.input = zip(names, key.types).map { name, type in
            var info = Onnx_ValueInfoProto()
            info.name = name
            info.type.tensorType.elemType = ElementType.code(type.element)
            info.type.tensorType.shape.dim = type.shape.map { length in
                var dimension = Onnx_TensorShapeProto.Dimension()
                dimension.dimValue = Int64(length)
                return dimension
            }
            return info
        }
        // A length of zero is meant here, and not open.
        let shapes = Dictionary(zip(names, key.types.map { $0.shape.map(Optional.some) })) { $1 }
        let graph = try GraphImporter(
            model, external: external, lengths: DimensionTable(shapes, inputs: model.graph.input),
            stored: StoredTensors(), log: TraceLog()
        ).graph
        let executor = try Executor(graph, device: key.device)
        traces.withLock {
            if $0.count >= Self.greatestTraceCount { $0.removeAll() }
            $0[key] = executor
        }
        return executor
    }
}
