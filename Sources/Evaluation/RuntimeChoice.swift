internal import DeployedRuntime
public import Graph
public import Torch

/// The runtime that measures latency.
public enum RuntimeChoice: String, Sendable, CaseIterable, Codable {
    /// ONNX Runtime if it is found and accepts the networks, otherwise libtorch.
    case automatic = "auto"
    /// ONNX Runtime.
    case onnxRuntime = "onnxruntime"
    /// libtorch.
    case libtorch

    /// One line about the choice.
    public var summary: String {
        switch self {
        case .automatic: "ONNX Runtime if it is found and accepts the networks, otherwise libtorch"
        case .onnxRuntime:
            "ONNX Runtime, from \(ONNXRuntimeSearch.variable), the system or an installed Python package"
        case .libtorch: "libtorch, the engine of this command"
        }
    }

    /// Returns the runtime.
    ///
    /// - Parameters:
    ///   - device: Where networks run; on any device other than the CPU, automatic means libtorch.
    ///   - encoding: Encodes networks in ONNX Runtime's format.
    /// - Throws: `ONNXRuntimeError` if the requested library cannot be loaded.
    public func runtime(
        device: Device = .cpu, encoding: @escaping ONNXInferenceRuntime.Encoding
    ) throws -> any InferenceRuntime {
        switch self {
        case .libtorch: return LibtorchRuntime(device: device)
        case .onnxRuntime: return ONNXInferenceRuntime(try ONNXRuntime.shared(), encoding: encoding)
        case .automatic:
            guard device == .cpu else { return LibtorchRuntime(device: device) }
            do {
                return ONNXInferenceRuntime(try ONNXRuntime.shared(), encoding: encoding)
            } catch  where ONNXRuntime.isOptional {
                return LibtorchRuntime(device: device)
            }
        }
    }

    /// Returns a runtime that takes a network: automatic means libtorch if ONNX Runtime does not take it.
    ///
    /// - Throws: `ONNXRuntimeError` if the requested runtime does not take it.
    public func runtime(
        taking graph: Graph, samples: Int, device: Device = .cpu,
        encoding: @escaping ONNXInferenceRuntime.Encoding
    ) throws -> any InferenceRuntime {
        let runtime = try runtime(device: device, encoding: encoding)
        guard !runtime.isOwn else { return runtime }
        do {
            try runtime.prepare(graph, inputs: graph.randomInputs(samples: samples, seed: 0)).run()
            return runtime
        } catch  where self == .automatic {
            return LibtorchRuntime(device: device)
        }
    }
}
