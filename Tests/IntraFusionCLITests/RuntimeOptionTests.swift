import DeployedRuntime
import Foundation
import TestSupport
import Testing

@Suite("In what the command measures times")
struct RuntimeOptionTests {
    private static let prune = ["prune", Bundled.perceptron.path, "--sparsity", "0.5"]
    /// The environment in which the command finds ONNX Runtime.
    private static let peer = PeerRuntime.library.map { ["ORT_LIBRARY": $0.path] }

    @Test("a named library that is none is an error before anything is done")
    func missing() throws {
        try TemporaryFolder.with { folder in
            let output = folder.appendingPathComponent("out.onnx")
            for runtime in ["auto", "onnxruntime"] {
                let run = try CommandRun.run(
                    Self.prune + ["-o", output.path, "--runtime", runtime],
                    environment: ["ORT_LIBRARY": "/no/such.so"])
                #expect(run.status != 0 && !run.wasSignalled && run.errors.contains("/no/such.so"))
                #expect(!FileManager.default.fileExists(atPath: output.path))
            }
        }
    }

    @Test("libtorch needs no library, and the report says that its times are libtorch's")
    func libtorch() throws {
        let report = try CommandRun.run(
            Self.prune + ["--dry-run", "--json", "--runtime", "libtorch"],
            environment: ["ORT_LIBRARY": "/no/such.so"]
        ).json()
        let deployment = try #require(report["deployment"] as? [String: Any])
        #expect(deployment["runtime"] as? String == "libtorch" && deployment["checks"] == nil)
        #expect(deployment["threads"] is Int && deployment["times"] is [String: Any])
    }

    @Test("an unknown runtime is refused with the choices")
    func unknown() throws {
        let run = try CommandRun.run(Self.prune + ["--dry-run", "--runtime", "tensorrt"])
        #expect(run.status != 0 && run.errors.contains("onnxruntime"))
    }

    @Test(
        "ONNX Runtime is checked against the executor, and changes nothing that is written",
        .enabled(if: peer != nil, "\(PeerRuntime.missing)"))
    func checked() throws {
        let environment = try #require(Self.peer)
        try TemporaryFolder.with { folder in
            var files: [Data] = []
            for runtime in ["onnxruntime", "libtorch"] {
                let output = folder.appendingPathComponent("\(runtime).onnx")
                let report = try CommandRun.run(
                    Self.prune + ["-o", output.path, "--json", "--runtime", runtime], environment: environment
                ).json()
                files.append(try Data(contentsOf: output))
                guard runtime == "onnxruntime" else { continue }
                let deployment = try #require(report["deployment"] as? [String: Any])
                #expect(deployment["runtime"] as? String == "ONNX Runtime")
                let checks = try #require(deployment["checks"] as? [String: [String: Any]])
                for check in checks.values {
                    #expect(check["refusal"] == nil)
                    let distance = try #require(check["distance"] as? [String: Double])
                    #expect(try #require(distance["relative"]) < 1e-4)
                }
            }
            #expect(files[0] == files[1])
            let result = folder.appendingPathComponent("libtorch.onnx").path
            let compare = ["compare", Bundled.perceptron.path, result, "--runs", "3"]
            let text = try CommandRun.run(compare, environment: environment)
            #expect(text.status == 0 && text.output.contains("times in ONNX Runtime"), "\(text.errors)")
            #expect(text.output.contains("\(result) and gives the same outputs"))
            let other = try CommandRun.run(compare + ["--runtime", "libtorch"], environment: environment)
            #expect(other.output.contains("times in libtorch"))
        }
    }

    @Test(
        "a budget of latency is measured in ONNX Runtime, and the report says so",
        .enabled(if: peer != nil, "\(PeerRuntime.missing)"))
    func budget() throws {
        // Any network keeps a share that noise cannot reach; what counts is where it is measured.
        let run = try CommandRun.run(
            ["prune", Bundled.model.path, "--target-latency", "0.6", "--dry-run", "--json"],
            environment: try #require(Self.peer))
        guard run.status == 0 else {
            #expect(run.errors.contains("cannot be reached"), "\(run.errors)")
            return
        }
        #expect((try run.json()["latency_runtime"] as? String)?.hasPrefix("ONNX Runtime") == true)
    }
}
