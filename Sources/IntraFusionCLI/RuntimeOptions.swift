import ArgumentParser
import IntraFusion

/// The runtime that measures latency.
struct RuntimeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The runtime that measures latency.", discussion: RuntimeChoice.list, valueName: "name"))
    var runtime = RuntimeChoice.automatic

    /// Returns the runtime for networks that are made of one in a file.
    func runtime(for file: NetworkFile, device: Device) throws -> any InferenceRuntime {
        try runtime.runtime(device: device) { try file.encoded($0) }
    }

    /// Returns the fallback runtime for networks that the chosen one does not accept; nil if it must.
    func fallback(device: Device) -> (any InferenceRuntime)? {
        runtime == .automatic ? LibtorchRuntime(device: device) : nil
    }
}

extension RuntimeChoice: SummarisedChoice {}
