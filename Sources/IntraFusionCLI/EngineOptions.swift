import ArgumentParser
import Foundation
import IntraFusion

/// Where and how a command computes.
struct EngineOptions: ParsableArguments {
    @Option(
        name: [.customLong("gpu-id"), .customLong("gpu_id")], parsing: .unconditional,
        help: ArgumentHelp("The CUDA device; -1 is the CPU.", valueName: "id"))
    var gpuID = -1

    @Option(
        help: ArgumentHelp("The number of threads per operation (default: all cores).", valueName: "count")
    )
    var threads: Int?

    /// Sets the threads and returns the device.
    func prepare(_ messages: MessageOptions) throws -> Device {
        // libtorch's own default leaves virtual cores idle.
        try Runtime.setThreadCount(threads ?? ProcessInfo.processInfo.activeProcessorCount)
        let device = try Runtime.device(gpuIdentifier: gpuID)
        messages.note("libtorch \(Runtime.version), \(device), threads: \(Runtime.threadCount)")
        return device
    }
}
