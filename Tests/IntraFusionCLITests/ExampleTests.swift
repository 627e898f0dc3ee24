import Foundation
import TestSupport
import Testing

@Suite("Examples in Swift and Python, and the JSON that they read")
struct ExampleTests {
    private static let folder = SharedFiles.packageFolder.appendingPathComponent("Examples")
    private static let python = "/usr/bin/python3"
    private static let hasPython = FileManager.default.isExecutableFile(atPath: python)

    /// Runs a program to its end in the package's folder, with the command that was built.
    private func run(
        _ program: String, _ arguments: [String]
    ) throws -> (status: Int32, output: String, errors: String) {
        try TemporaryFolder.with { scratch in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
            process.currentDirectoryURL = SharedFiles.packageFolder
            process.environment = ProcessInfo.processInfo.environment
                .merging(["INTRAFUSION": CommandRun.executable.path, "PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
            let files = ["output", "errors"].map { scratch.appendingPathComponent($0) }
            for file in files { try Data().write(to: file) }
            process.standardOutput = try FileHandle(forWritingTo: files[0])
            process.standardError = try FileHandle(forWritingTo: files[1])
            try process.run()
            process.waitUntilExit()
            let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
            return (process.terminationStatus, texts[0], texts[1])
        }
    }

    @Test(
        "the programs prune, evaluate and save by the library", arguments: ["PruneDigits", "CustomCriterion"])
    func swift(_ name: String) throws {
        try TemporaryFolder.with { folder in
            let output = folder.appendingPathComponent("small.onnx").path
            let program = CommandRun.executable.deletingLastPathComponent().appendingPathComponent(name).path
            let found = try run(program, [output])
            #expect(found.status == 0, "\(found.errors)")
            let numbers = found.output.matches(of: /\d+\.\d+|\d+/).compactMap { Double($0.output) }
            try #require(numbers.count == 4, "\(found.output)")
            #expect(numbers[1] < 0.7 * numbers[0] && numbers[2] > 0.9 && numbers[3] > 0.5)
            if name == "PruneDigits" { #expect(try CommandRun.run(["inspect", output]).status == 0) }
        }
    }

    @Test("what prune and apply print with --json is as docs/prune-report.schema.json says")
    func schema() throws {
        let schema = try JSONSchema(
            SharedFiles.packageFolder.appendingPathComponent("docs/prune-report.schema.json"))
        try TemporaryFolder.with { folder in
            let plan = folder.appendingPathComponent("plan.json").path
            let network = [Bundled.model.path, "--threads", "1", "--json"]
            let runs = [
                ["prune"] + network + [
                    "--sparsity", "0.7", "--effort", "quick", "--calibrate", Bundled.digits.path, "--data",
                    Bundled.digits.path, "--samples", "50", "--refine", "5", "-o",
                    folder.appendingPathComponent("a.safetensors").path, "--plan", plan,
                ],
                ["apply", plan] + network + ["--dry-run", "--calibrate", Bundled.digits.path],
                ["prune"] + network + ["--target-macs", "0.5", "--effort", "minimal"],
                ["prune"] + network + [
                    "--sparsity", "0.5", "--effort", "minimal", "--rule", "reference", "--repair",
                    "--calibrate",
                    "synthetic", "-o", folder.appendingPathComponent("b.onnx").path,
                ],
                ["prune", Bundled.perceptron.path, "--json", "--keep", "0.8", "--effort", "quick"],
            ]
            for arguments in runs {
                let found = schema.problems(of: try CommandRun.run(arguments).json())
                #expect(found.isEmpty, "\(arguments): \(found)")
            }
            // The check finds what is wrong.
            var wrong = try CommandRun.run(runs[2]).json()
            wrong["surprise"] = 1
            wrong["verdict"] = "perhaps"
            wrong["threads"] = nil
            #expect(schema.problems(of: wrong).count == 3)
        }
    }

    @Test(
        "load_pruned.py makes PyTorch modules of pruned networks, and names what does not fit",
        .enabled(if: PeerPython.withTorch != nil, "\(PeerPython.missingTorch)"))
    func loadPruned() throws {
        let python = try #require(PeerPython.withTorch)
        let script = Self.folder.appendingPathComponent("pytorch/test_load_pruned.py").path
        let found = try run(python.path, [script])
        #expect(found.status == 0 && found.errors.contains("Ran 3 tests"), "\(found.errors)")
    }

    @Test(
        "fine_tune.py gains accuracy",
        .enabled(if: PeerPython.withTorch != nil, "\(PeerPython.missingTorch)"),
        .enabled(
            if: SharedFiles.has("data/cifar-10-batches-bin/data_batch_1.bin"),
            Comment(rawValue: SharedFiles.missing)))
    func fineTune() throws {
        let python = try #require(PeerPython.withTorch)
        let found = try run(
            python.path,
            [
                Self.folder.appendingPathComponent("pytorch/fine_tune.py").path,
                SharedFiles.packageFolder.appendingPathComponent("models/cifar-resnet20.safetensors").path,
                SharedFiles.file("data/cifar-10-batches-bin").path, "--images", "10000", "--epochs", "2",
                "--effort", "quick",
            ])
        #expect(found.status == 0, "\(found.errors)")
        let accuracies = found.output.matches(of: /: (0\.\d+)/).compactMap { Double($0.1) }
        #expect(accuracies.count == 2 && accuracies[1] > accuracies[0] + 0.005, "\(found.output)")
    }

    @Test(
        "prune_and_pick.py writes the smallest network that keeps enough, or says that there is none",
        .enabled(if: hasPython, "needs Python"))
    func pruneAndPick() throws {
        try TemporaryFolder.with { folder in
            let output = folder.appendingPathComponent("smallest.safetensors").path
            let script = Self.folder.appendingPathComponent("python/prune_and_pick.py").path
            let arguments = [
                script, Bundled.perceptron.path, output, "--shares", "0.9", "0.6", "--effort", "quick",
                "--calibrate",
                Bundled.digits.path,
            ]
            let found = try run(Self.python, arguments + ["--keep", "0.5"])
            #expect(
                found.status == 0 && found.output.contains("with 0.6 of the"),
                "\(found.output) \(found.errors)")
            #expect(try CommandRun.run(["inspect", output]).status == 0)
            try FileManager.default.removeItem(atPath: output)
            let none = try run(Self.python, arguments + ["--keep", "1.01"])
            #expect(none.status != 0 && none.errors.contains("no size keeps 101.0%"))
            #expect(!FileManager.default.fileExists(atPath: output))
            let missing = try run(Self.python, [script, "/nowhere.onnx", output])
            #expect(missing.status != 0 && missing.errors.contains("/nowhere.onnx"))
        }
    }
}
