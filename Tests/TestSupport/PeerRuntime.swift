public import DeployedRuntime
public import Foundation

/// ONNX Runtime, with which some checks compare.
///
/// It is where the command finds it, or in an environment `peers/venv` beside the shared folder.
public enum PeerRuntime {
    /// The library, where one can be loaded.
    public static let library: ONNXRuntime? = {
        var environment = ProcessInfo.processInfo.environment
        if environment["VIRTUAL_ENV"] == nil {
            environment["VIRTUAL_ENV"] =
                SharedFiles.folder.deletingLastPathComponent().appendingPathComponent("peers/venv").path
        }
        return try? ONNXRuntime.load(ONNXRuntimeSearch(environment: environment))
    }()

    /// What a skipped test says.
    public static let missing =
        "needs ONNX Runtime (pip install onnxruntime in peers/venv beside the shared folder, or ORT_LIBRARY)"
}
