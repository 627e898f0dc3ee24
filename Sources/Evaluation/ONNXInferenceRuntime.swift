public import DeployedRuntime
public import Graph
public import Torch

/// ONNX Runtime, a common runtime for deployment.
public struct ONNXInferenceRuntime: InferenceRuntime {
    /// Encodes a network as an ONNX model.
    public typealias Encoding = @Sendable (Graph) throws -> ONNXRuntimeSession.Model

    private let runtime: ONNXRuntime
    private let encoding: Encoding
    public let threads: Int

    /// Makes a runtime with as many threads as libtorch uses.
    ///
    /// - Parameters:
    ///   - runtime: The library.
    ///   - encoding: Encodes networks in the runtime's format.
    public init(_ runtime: ONNXRuntime, encoding: @escaping Encoding) {
        self.runtime = runtime
        self.encoding = encoding
        threads = Runtime.threadCount
    }

    public var name: String { "ONNX Runtime" }
    public var version: String { runtime.version }
    public var isOwn: Bool { false }

    public func prepare(_ graph: Graph, inputs: [Tensor]) throws -> any PreparedNetwork {
        let session = try ONNXRuntimeSession(encoding(graph), runtime: runtime, threads: threads)
        let values = try session.inputNames.map { try value($0, of: graph, inputs) }
        return Prepared(session: session, inputs: values, names: graph.outputs.map { graph[$0].name })
    }

    public func operatorTimes(of graph: Graph, inputs: [Tensor], runs: Int) throws -> [String: Double]? {
        try ONNXRuntimeProfile(
            of: encoding(graph), runtime: runtime, threads: threads,
            inputs: { try value($0, of: graph, inputs) }, runs: runs
        ).seconds
    }

    /// Returns the value of an input that a model asks for by name.
    private func value(_ name: String, of graph: Graph, _ inputs: [Tensor]) throws -> ONNXRuntimeValue {
        let names = graph.inputs.map { graph[$0].name }
        guard let index = names.firstIndex(of: name), index < inputs.count else {
            throw ONNXRuntimeError(
                "\(title) expects an input \(name), but the network has \(names.joined(separator: ", "))")
        }
        return try ONNXRuntimeValue(inputs[index], runtime: runtime)
    }

    private struct Prepared: PreparedNetwork {
        let session: ONNXRuntimeSession
        let inputs: [ONNXRuntimeValue]
        /// The names of the outputs in the order of the graph.
        let names: [String]

        func run() throws { _ = try session.run(inputs) }

        func outputs() throws -> [Tensor] {
            let outputs = try session.run(inputs)
            return try names.map { name in
                guard let index = session.outputNames.firstIndex(of: name), index < outputs.count else {
                    throw ONNXRuntimeError("ONNX Runtime returned no output \(name)")
                }
                return try outputs[index].tensor()
            }
        }
    }
}
