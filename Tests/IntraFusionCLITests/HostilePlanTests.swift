import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch

/// A run must end with an error that names what was wrong, write nothing, and not be ended by a signal.
@Suite("Hostile plans and options of prune and apply")
struct HostilePlanTests {
    private func expectError(
        _ arguments: [String], _ words: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let run = try CommandRun.run(arguments)
        let place = Comment(rawValue: "\(arguments): \(run.errors)")
        #expect(!run.wasSignalled && run.status != 0, place, sourceLocation: sourceLocation)
        #expect(run.output.isEmpty && !run.errors.isEmpty, place, sourceLocation: sourceLocation)
        for word in words {
            #expect(run.errors.contains(word), "\(word) in \(place)", sourceLocation: sourceLocation)
        }
    }

    @Test(
        "options out of range are named",
        arguments: [
            (["--sparsity", "1"], ["[0, 1)", "1"]), (["--sparsity", "nan"], ["nan"]),
            (["--sparsity", "0.5", "--target-macs", "0.5"], ["exclude"]),
            (["--target-macs", "0"], ["multiply_accumulates", "0"]),
            (["--target-parameters", "nan"], ["nan"]),
            (["--target-macs", "0.0001"], ["cannot be reached", "multiply_accumulates"]),
            (["--target-size", "5XB"], ["5XB"]), (["--target-size", "1kB"], ["too small"]),
            (["--target-size", "1e400MB"], ["1e400MB"]), (["--target-latency", "2"], ["latency"]),
            (["--sparsity", "0.5", "--groups", "8"], ["8", "0 to 7"]),
            (["--sparsity", "0.5", "--ignore", "features.99.*"], ["features.99.*"]),
            (["--sparsity", "0.5", "--ignore", "99999999999999999999"], ["99999999999999999999"]),
            (["--sparsity-of", "1"], ["sparsity-of"]), (["--sparsity-of", "1=2"], ["2"]),
            (["--sparsity-of", "9=0.5"], ["9"]), (["--sparsity-of", "1=0.5", "1=0.2"], ["twice"]),
            (["--sparsity", "0.5", "--round-to", "0"], ["multiple", "0"]),
            (["--sparsity", "0.5", "--minimum-width", "0"], ["width", "0"]),
            (["--sparsity", "0.5", "--minimum-width", "64"], ["nothing was pruned", "no width below 64"]),
            (["--sparsity", "0.5", "--max-sparsity", "0"], ["0"]),
            (["--sparsity", "0.5", "--steps", "0"], ["steps"]),
            (["--sparsity", "0.5", "--schedule", "sudden"], ["sudden", "geometric"]),
            (["--sparsity", "0.5", "--rule", "average"], ["average", "norm_preserving"]),
            (["--sparsity", "0.5", "--ranking", "fair"], ["fair", "isomorphic"]),
            (["--sparsity", "0.5", "--importance", "l7"], ["l7", "l_inf"]),
            (["--sparsity", "0.5", "--order", "random"], ["random", "forward"]),
            (["--sparsity", "0.5", "--plan", "/tmp/never.json"], ["--dry-run"]),
            (["--sparsity", "0.5", "--images", "16"], ["--images", "--calibrate"]),
            (["--sparsity", "0.5", "--calibration-memory", "1GB"], ["--calibration-memory", "--calibrate"]),
            (
                ["--sparsity", "0.5", "--calibrate", "synthtic"],
                ["synthtic", "synthetic", "inverted", ".npy"]
            ),
            (
                ["--sparsity", "0.5", "--calibrate", "synthetic", "--images", "1000000000000"],
                ["1000000000000", "1000000 images"]
            ),
            (["--sparsity", "0.5", "--importance", "taylor", "--data", "docs"], ["docs"]),
        ] as [([String], [String])])
    func options(arguments: [String], words: [String]) throws {
        try expectError(
            [
                "prune", "--effort", "minimal", "--threads", "1", "--checkpoint", Bundled.model.path,
                "--dry-run",
            ] + arguments, words)
    }

    @Test("places that cannot be written are named before the work begins")
    func outputs() throws {
        try TemporaryFolder.with { folder in
            let prune = [
                "prune", "--effort", "minimal", "--checkpoint", Bundled.model.path, "--sparsity", "0.5",
            ]
            try expectError(prune + ["-o", folder.path], [folder.path, "folder"])
            try expectError(prune + ["-o", folder.path + "/no/x"], ["does not exist"])
            try expectError(prune + ["--plan", Bundled.model.path], ["network"])
            let same = folder.appendingPathComponent("x").path
            try expectError(prune + ["-o", same, "--plan", same], ["network"])
            // What no look at the folder tells shows when the file is made, which is before the network is written.
            try expectError(prune + ["-o", same, "--plan", "/proc/plan.json"], ["/proc"])
            try expectError(prune + ["-o", "/proc/network.safetensors", "--plan", same], ["/proc"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    @Test("a plan that is damaged, hostile, or for another network is refused, and nothing is written")
    func plans() throws {
        try TemporaryFolder.with { folder in
            let plan = folder.appendingPathComponent("plan.json")
            let made = try CommandRun.run([
                "prune", "--effort", "minimal", "--threads", "1", "--checkpoint", Bundled.model.path,
                "--plan", plan.path,
                "--sparsity", "0.5", "--groups", "6", "7",
            ])
            #expect(made.status == 0, "\(made.errors)")
            let text = try String(contentsOf: plan, encoding: .utf8)
            let file = folder.appendingPathComponent("hostile.json")
            let output = folder.appendingPathComponent("out.safetensors").path
            func refuse(
                _ text: String, _ words: [String], _ more: [String] = [],
                sourceLocation: SourceLocation = #_sourceLocation
            ) throws {
                try Data(text.utf8).write(to: file)
                try expectError(
                    ["apply", file.path, "--threads", "1", "--checkpoint", Bundled.model.path, "-o", output]
                        + more, words, sourceLocation: sourceLocation)
                #expect(!FileManager.default.fileExists(atPath: output), sourceLocation: sourceLocation)
            }
            /// The plan with the first match of a pattern replaced, which must be there.
            func changed(_ pattern: String, _ replacement: String) throws -> String {
                let range = try #require(
                    text.range(of: pattern, options: .regularExpression), "\(pattern) is not in the plan")
                return text.replacingCharacters(in: range, with: replacement)
            }
            for nonsense in ["", "{}", String(repeating: "[", count: 100_000), String(text.dropLast(9))] {
                try refuse(nonsense, ["hostile.json"])
            }
            try refuse(try changed("\"checksum\":\"", "\"checksum\":\"0"), ["checksum", "--other-weights"])
            // Finite, but not as a single-precision weight.
            try refuse(try changed("\"gain\":\\[[-0-9.e]+", "\"gain\":[1e300"), ["finite"])
            try refuse(try changed("\"rounds\":\\[.*\\](?=,\"source\")", "\"rounds\":[]"), ["no steps"])
            let residual = ["--model-name", "resnet18", "--checkpoint", Bundled.residual.path]
            try expectError(["apply", plan.path] + residual + ["-o", output], ["vgg11_bn", "resnet18"])
            let inputs = ["--calibrate", Bundled.digits.path]
            try refuse(text, ["without calibration", "--calibrate"], inputs)
            try expectError(["apply", folder.path, "-o", output], [folder.path, "folder"])
            try expectError(["apply", folder.path + "/none", "-o", output], ["none", "no such file"])
        }
    }

    @Test("a plan that was made with inputs says what is missing or wrong about them")
    func calibratedPlans() throws {
        try TemporaryFolder.with { folder in
            let network = ["--threads", "1", "--checkpoint", Bundled.model.path]
            func plan(_ source: String) throws -> URL {
                let plan = folder.appendingPathComponent("plan.json")
                let made = try CommandRun.run(
                    [
                        "prune", "--effort", "minimal", "--plan", plan.path, "--sparsity", "0.5", "--images",
                        "16", "--calibrate",
                        source,
                    ]
                        + network)
                #expect(made.status == 0, "\(made.errors)")
                return plan
            }
            let given = try plan(Bundled.digits.path)
            let apply = ["apply", given.path, "--dry-run"] + network
            try expectError(apply, ["given inputs", "--calibrate"])
            try expectError(apply + ["--calibrate", "nowhere"], ["nowhere", "no such file or folder"])
            let other = folder.appendingPathComponent("other.npz")
            try NumPyFile.write(
                StateDictionary([("input", Tensor(random: .normal, shape: [16, 1, 32, 32], seed: 1))]),
                to: other)
            try expectError(apply + ["--calibrate", other.path], ["checksum"])
            let madeUp = try plan("synthetic")
            let text = try String(contentsOf: madeUp, encoding: .utf8)
            try expectError(apply + ["--calibrate", Bundled.digits.path], ["synthetic", "--calibrate"])
            try Data(text.replacing("\"images\":16", with: "\"images\":1000000000000").utf8).write(to: madeUp)
            try expectError(apply, ["1000000000000", "1000000 images"])
        }
    }
}
