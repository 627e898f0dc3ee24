public import Foundation

/// A Python with the packages that some checks compare with.
///
/// It is where `INTRAFUSION_PYTHON` says, or in an environment `peers/venv` beside the shared folder.
public enum PeerPython {
    /// The interpreter, where it is there and has ONNX's package.
    public static let withONNX: URL? = executable.flatMap { has("onnx", $0) ? $0 : nil }

    /// The interpreter, where it also has PyTorch and ONNX Runtime.
    public static let withTorch: URL? = withONNX.flatMap {
        has("torch", $0) && has("onnxruntime", $0) ? $0 : nil
    }

    /// What a skipped test says.
    public static let missingTorch =
        "needs a Python with the packages torch, onnx and onnxruntime (in peers/venv beside the shared folder, or INTRAFUSION_PYTHON)"

    /// What a skipped test says.
    public static let missing =
        "needs a Python with the package onnx (in peers/venv beside the shared folder, or INTRAFUSION_PYTHON)"

    private static let executable: URL? = {
        let place =
            ProcessInfo.processInfo.environment["INTRAFUSION_PYTHON"].map { URL(fileURLWithPath: $0) }
            ?? SharedFiles.folder.deletingLastPathComponent().appendingPathComponent("peers/venv/bin/python")
        return FileManager.default.isExecutableFile(atPath: place.path) ? place : nil
    }()

    private static func has(_ package: String, _ python: URL) -> Bool {
        let process = Process()
        process.executableURL = python
        process.arguments = [
            "-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('\(package)') is None)",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
