import Calibration
import Checkpoints
import Datasets
import Foundation
import TestSupport
import Testing
import Torch

@Suite("Calibration on the command line")
struct CalibrationCommandTests {
    private static let calibrationImages = 96

    private func report(_ arguments: [String]) throws -> [String: Any] {
        let run = try CommandRun.run(
            ["prune", "--effort", "minimal", "--threads", "1", "--dry-run", "--json", "--sparsity", "0.5"]
                + arguments)
        #expect(run.status == 0 && run.errors.isEmpty, "\(arguments): \(run.errors)")
        return try run.json()
    }

    /// The share of the bundled digits that a bundled network tells before and after.
    private func accuracies(
        _ model: URL, _ arguments: [String]
    ) throws -> (before: Double, after: Double, report: [String: Any]) {
        let report = try report(
            ["--checkpoint", model.path, "--data", Bundled.digits.path] + arguments)
        let accuracy = try #require(report["accuracy"] as? [String: Any])
        return (
            try #require(accuracy["before"] as? Double), try #require(accuracy["after"] as? Double), report
        )
    }

    /// The outputs' mean errors over all fitted layers.
    private func errors(_ report: [String: Any]) throws -> (count: Int, before: Double, after: Double) {
        let layers = try #require(report["fitted"] as? [[String: Any]])
        func mean(_ key: String) -> Double {
            layers.reduce(0) { $0 + ($1[key] as? Double ?? .nan) } / Double(layers.count)
        }
        return (layers.count, mean("error_before"), mean("error_after"))
    }

    private func digits() throws -> ImageDataset {
        try DatasetRegistry.load(name: "digits", folder: Bundled.digits, split: .train)
    }

    @Test("--repair gives a network back what the published rule takes from it")
    func repair() throws {
        let rule = ["--rule", "reference"]
        let broken = try accuracies(Bundled.model, rule)
        let repaired = try accuracies(
            Bundled.model,
            rule + ["--repair", "--calibrate", Bundled.digits.path, "--images", "\(Self.calibrationImages)"])
        #expect(broken.before > 0.95 && broken.after < 0.5, "\(broken.after)")
        #expect(repaired.after > 0.85, "\(repaired.after)")
        let layers = try #require(repaired.report["repaired"] as? [[String: Any]])
        #expect(layers.contains { abs(($0["deviation_ratio"] as? Double ?? 1) - 1) > 0.1 })
        #expect(try errors(repaired.report).count == 0)
    }

    @Test("--keep-batch-norms writes the same network with batch-norms, and a plan leads to it again")
    func keptBatchNorms() throws {
        try TemporaryFolder.with { folder in
            func place(_ name: String) -> URL { folder.appendingPathComponent(name) }
            let words = [
                Bundled.residual.path, "--threads", "1", "--calibrate", Bundled.digits.path,
            ]
            let prune = ["prune"] + words + ["--sparsity", "0.5", "--effort", "quick", "--images", "64"]
            let plan = place("plan.json").path
            for arguments in [
                prune + ["-o", place("folded.safetensors").path],
                prune + [
                    "--keep-batch-norms", "-o", place("live.safetensors").path, "--plan", plan,
                ],
                ["apply", plan] + words + ["-o", place("applied.safetensors").path],
            ] {
                let run = try CommandRun.run(arguments)
                #expect(run.status == 0, "\(run.errors)")
            }
            let live = try CheckpointFile.load(place("live.safetensors")).state
            let folded = try CheckpointFile.load(place("folded.safetensors")).state
            let weight = try #require(live["layer1.0.conv1.weight"])
            #expect(try #require(live["layer1.0.bn1.running_var"]).shape == [weight.shape[0]])
            #expect(folded["layer1.0.bn1.running_var"] == nil && live.count > folded.count)
            #expect(
                try Data(contentsOf: place("live.safetensors"))
                    == Data(contentsOf: place("applied.safetensors")))
            let scores = try ["folded", "live"].map { name in
                try CommandRun.run([
                    "evaluate", place("\(name).safetensors").path, "--data", Bundled.digits.path, "--json",
                ]).json()["accuracy"] as? Double
            }
            #expect(scores[0] != nil && scores[0] == scores[1], "\(scores)")
            let without = try CommandRun.run([
                "prune", Bundled.model.path, "--keep-batch-norms", "--calibrate", "none",
            ])
            #expect(
                without.status == 64
                    && without.errors.contains("--keep-batch-norms goes with --calibrate"))
        }
    }

    @Test("--calibrate inverted mends the network without any data, and says what it was mended on")
    func inverted() throws {
        let plain = try accuracies(Bundled.model, ["--rule", "delete_moment_matched"])
        let mended = try accuracies(Bundled.model, ["--calibrate", "inverted", "--images", "64"])
        #expect(mended.after > max(0.9, plain.after), "\(plain.after) \(mended.after)")
        let errors = try errors(mended.report)
        #expect(errors.count > 0 && errors.after < errors.before)
        let options = try #require(mended.report["options"] as? [String: Any])
        let calibration = try #require(options["calibration"] as? [String: Any])
        #expect(calibration["source"] as? String == "inverted" && calibration["images"] as? Int == 64)
    }

    @Test("--refine says what it came to, and needs layers that are fitted")
    func refine() throws {
        let found = try report([
            "--checkpoint", Bundled.model.path, "--calibrate", Bundled.digits.path, "--images",
            "\(Self.calibrationImages)", "--refine", "30",
        ])
        let refinement = try #require(found["refinement"] as? [String: Any])
        let (before, after) = (
            try #require(refinement["error_before"] as? Double),
            try #require(refinement["error_after"] as? Double)
        )
        // Each of four rates may be tried for three steps, and one goes on for the rest.
        #expect((3...39).contains(try #require(refinement["steps"] as? Int)))
        #expect(refinement["is_kept"] as? Bool == (after < before))
        for arguments in [[], ["--calibrate", "synthetic", "--repair"]] {
            let run = try CommandRun.run(
                [
                    "prune", "--effort", "minimal", "--checkpoint", Bundled.model.path, "--sparsity", "0.5",
                    "--dry-run", "--refine",
                    "5",
                ]
                    + arguments)
            #expect(run.status != 0 && run.errors.contains("--refine"), "\(run.errors)")
        }
    }

    @Test("lengths that a model leaves open are those of the inputs that are given for it")
    func openLengths() throws {
        let model = SharedFiles.packageFolder.appendingPathComponent(
            "Tests/ONNXTests/Fixtures/open_axes.onnx")
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("inputs.npz")
            try NumPyFile.write(
                StateDictionary([("x", Tensor(random: .normal, shape: [16, 3, 20, 12], seed: 1))]), to: file)
            let prune = ["prune", model.path, "--dry-run", "--json", "--sparsity", "0.5"]
            func shapes(_ more: [String]) throws -> [[Int]] {
                let run = try CommandRun.run(prune + more)
                #expect(run.status == 0, "\(run.errors)")
                let assumptions = try #require(try run.json()["assumptions"] as? [[String: Any]])
                return assumptions.compactMap { $0["shape"] as? [Int] }
            }
            // The batch alone is left to the command.
            #expect(try shapes(["--calibrate", file.path]) == [[1, 3, 20, 12]])
            #expect(try shapes(["--effort", "quick"]) == [[1, 3, 224, 224]])
            let other = try CommandRun.run(
                prune + ["--calibrate", file.path, "--input-shape", "x=?x3x20x16"])
            #expect(other.status != 0 && other.errors.contains("[3, 20, 16]"), "\(other.errors)")
        }
    }

    @Test("inputs that are nothing like those of the training are asked about", arguments: [1, 100])
    func drift(_ factor: Double) throws {
        let samples = try digits().samples(0..<Self.calibrationImages)[0]
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("inputs.npz")
            try NumPyFile.write(
                StateDictionary([("input", samples.applying(.multiplied(factor)))]), to: file)
            let arguments = [
                "prune", "--effort", "minimal", "--threads", "1", "--checkpoint", Bundled.model.path,
                "--sparsity", "0.5",
                "--dry-run", "--calibrate", file.path,
            ]
            let run = try CommandRun.run(arguments)
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("hardly what the network was trained on") == (factor != 1))
            let report = try CommandRun.run(arguments + ["--json"]).json()
            let calibration = try #require(report["calibration"] as? [String: Any])
            let drift = try #require(calibration["drift"] as? [String: Any])
            let spread = try #require(drift["spread"] as? Double)
            #expect(spread > 0.7 * factor && spread < 1.3 * factor, "\(spread)")
        }
    }

    @Test("a network without batch-norms cannot be inverted, and the message says what can be done")
    func notInvertible() throws {
        let run = try CommandRun.run([
            "prune", "--effort", "minimal", "--checkpoint", Bundled.perceptron.path,
            "--dry-run", "--sparsity", "0.5", "--calibrate", "inverted",
        ])
        #expect(run.status != 0)
        for word in ["inverted", "batch-norms", "--calibrate synthetic"] {
            #expect(run.errors.contains(word), "\(run.errors)")
        }
    }

    @Test(
        "--missing-moments says what stands in where no batch-norm tells, and the report what was used",
        arguments: ["automatic", "weights", "propagation", "synthetic"])
    func missingMoments(choice: String) throws {
        let report = try report([
            "--checkpoint", Bundled.perceptron.path,
            "--missing-moments", choice,
        ])
        let options = try #require(report["options"] as? [String: Any])
        let used = choice == "automatic" ? "synthetic" : choice
        #expect(options["missing_moments"] as? String == used)
        let groups = try #require(report["groups"] as? [[String: Any]])
        let sources = groups.flatMap { ($0["sources"] as? [String]) ?? [] }
        #expect(!sources.isEmpty && sources.contains(used), "\(sources)")
    }

    @Test("--calibrate takes a folder of image files, and an array file, and both mend the network")
    func inputs() throws {
        let plain = try accuracies(Bundled.model, ["--rule", "delete_moment_matched"])
        #expect(plain.after < 0.8, "\(plain.after)")
        let images = try digits()
        let size = images.imageSize
        try TemporaryFolder.with { folder in
            let files = folder.appendingPathComponent("images/below", isDirectory: true)
            try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
            for index in 0..<Self.calibrationImages {
                try GreyPNG.data(width: size.width, height: size.height, pixels: images.image(at: index))
                    .write(to: files.appendingPathComponent("\(1000 + index).png"))
            }
            let array = folder.appendingPathComponent("inputs.npz")
            let batch = try images.batch(0..<Self.calibrationImages).images
            try NumPyFile.write(StateDictionary([("input", batch)]), to: array)
            let normalisation =
                ["--mean"] + images.normalisation.mean.map { "\($0)" }
                + ["--std"] + images.normalisation.deviation.map { "\($0)" }
            let count = ["--images", "\(Self.calibrationImages)"]
            let form = ["--calibrate", files.deletingLastPathComponent().path] + normalisation + count
            for arguments in [form, ["--calibrate", array.path] + count] {
                let mended = try accuracies(Bundled.model, arguments)
                #expect(mended.after > 0.9, "\(arguments): \(mended.after)")
                let errors = try errors(mended.report)
                #expect(errors.count > 1 && errors.after < errors.before, "\(errors)")
            }
            // What the files say is what counts: equal images teach nothing.
            for index in 0..<Self.calibrationImages {
                let blank = [UInt8](repeating: 0, count: size.width * size.height)
                try GreyPNG.data(width: size.width, height: size.height, pixels: blank)
                    .write(to: files.appendingPathComponent("\(1000 + index).png"))
            }
            let run = try CommandRun.run(
                [
                    "prune", "--effort", "minimal", "--dry-run", "--sparsity", "0.5", "--checkpoint",
                    Bundled.model.path,
                ] + form)
            #expect(run.status != 0 && run.output.isEmpty && run.errors.contains("equal"), "\(run.errors)")
        }
    }

    @Test("of few samples an eighth is left aside, and of too few only as many are taken as are asked for")
    func fewSamples() throws {
        try TemporaryFolder.with { folder in
            func file(_ count: Int) throws -> [String] {
                let file = folder.appendingPathComponent("\(count).npz")
                let samples = try digits().batch(0..<count).images
                try NumPyFile.write(StateDictionary([("input", samples)]), to: file)
                return ["--checkpoint", Bundled.model.path, "--calibrate", file.path]
            }
            func images(_ arguments: [String]) throws -> Int? {
                let options = try report(arguments)["options"] as? [String: Any]
                return (options?["calibration"] as? [String: Any])?["images"] as? Int
            }
            #expect(try images(file(40)) == 35)
            #expect(try images(file(300)) == 256)
            let few = try file(5)
            #expect(try images(few + ["--images", "5"]) == 5)
            for (more, words) in [
                ([], ["5 samples", "at least 8"]), (["--images", "6"], ["6 images", "has 5"]),
            ]
                as [([String], [String])]
            {
                let run = try CommandRun.run(
                    ["prune", "--effort", "minimal", "--dry-run", "--sparsity", "0.5"] + few + more)
                #expect(run.status != 0 && words.allSatisfy { run.errors.contains($0) }, "\(run.errors)")
            }
        }
    }

    @Test("--calibrate synthetic makes up vectors and tokens, on which layers come nearer to what they gave")
    func madeUp() throws {
        let network = Bundled.perceptron.path
        let fixtures = SharedFiles.packageFolder.appendingPathComponent("Tests/CoverageTests/Fixtures")
        let tokens = ["bert", "gpt2", "llama"].map {
            [fixtures.appendingPathComponent("\($0).onnx").path]
        }
        for model in [["--checkpoint", network]] + tokens {
            let report = try report(model + ["--calibrate", "synthetic", "--images", "64"])
            let found = try errors(report)
            #expect(found.count > 1 && found.before > 0.05, "\(model): \(found)")
            // The perceptron's layers are made by the moments of such inputs as it is: a fit need not be better.
            let isEnough =
                model.contains(network) ? found.after <= found.before : found.after < 0.95 * found.before
            #expect(isEnough, "\(model): \(found)")
        }
    }
}
