public import Graph
public import Torch

/// The project's own engine.
public struct LibtorchRuntime: InferenceRuntime {
    /// Where networks run.
    public let device: Device

    /// Makes a runtime.
    public init(device: Device = .cpu) {
        self.device = device
    }

    public var name: String { "libtorch" }
    public var version: String { Runtime.version }
    public var threads: Int { Runtime.threadCount }
    public var isOwn: Bool { true }

    public func prepare(_ graph: Graph, inputs: [Tensor]) throws -> any PreparedNetwork {
        Prepared(
            executor: try Executor(graph, device: device), inputs: try inputs.map { try $0.moved(to: device) }
        )
    }

    private struct Prepared: PreparedNetwork {
        let executor: Executor
        let inputs: [Tensor]

        func run() throws {
            // A device may still be computing when the call returns; reading a result waits for it.
            _ = try outputs()
        }

        func outputs() throws -> [Tensor] { try executor.run(inputs).map { try $0.moved(to: .cpu) } }
    }
}
