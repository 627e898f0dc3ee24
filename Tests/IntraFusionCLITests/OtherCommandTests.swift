import Checkpoints
import Compression
import Datasets
import Foundation
import Importance
import Models
import TestSupport
import Testing
import Torch

@Suite("Help, groups and training on the command line")
struct OtherCommandTests {
    @Test("the built-in architectures are listed with what they are")
    func listedArchitectures() throws {
        let text = try CommandRun.run(["architectures"]).output
        #expect(text.contains("vgg11_bn") && text.contains("resnet50"))
        #expect(try CommandRun.run(["architectures", "--json"]).output.contains("\"summary\""))
    }

    @Test("--help of every command lists its choices")
    func help() throws {
        let general = try CommandRun.run(["--help"])
        #expect(general.status == 0)
        let commands = ["sweep", "groups", "train"]
        for command in commands { #expect(general.output.contains(command)) }
        let choices: [String: [String]] = [
            "sweep": ["architectures"] + DatasetRegistry.names + MergeRuleRegistry.names
                + ImportanceRegistry.names + ["exact", "uniform", "importance", "most_important"]
                + ["--group-idxs", "--group_idxs", "--json", "--csv", "--samples", "--save-models"]
                + ["--reduction", "--normaliser", "--batches", "--criterion-batch-size", "standardise"],
            "groups": ["architectures", "--checkpoint", "--json"],
            "train": ["architectures"] + DatasetRegistry.names + ["--epochs", "--output", "--json"],
        ]
        for command in commands {
            let run = try CommandRun.run([command, "--help"])
            #expect(run.status == 0 && run.errors.isEmpty)
            let words = Set(
                run.output.split { !($0.isLetter || $0.isNumber || "_-".contains($0)) }.map(String.init))
            for choice in choices[command, default: []] {
                #expect(words.contains(choice), "\(command) --help does not list \(choice)")
            }
        }
    }

    @Test("groups lists members, roles and shapes, and why channels are frozen")
    func groups() throws {
        let arguments = ["groups", "--model-name", "resnet18", "--checkpoint", Bundled.residual.path]
        let text = try CommandRun.run(arguments)
        #expect(text.status == 0 && text.errors.isEmpty)
        for word in ["layer4.0.shortcut.0.weight", "producer", "consumer", "bias", "frozen", "\"output\""] {
            #expect(text.output.contains(word), "\(word)")
        }
        let report = try CommandRun.run(arguments + ["--json"]).json()
        #expect(report["model"] as? String == "resnet18")
        #expect(report["parameters"] is Int && report["multiply_accumulates"] is Int)
        let groups = try #require(report["groups"] as? [[String: Any]])
        #expect(groups.map { $0["index"] as? Int } == Array(0..<12))
        #expect(groups.map { $0["width"] as? Int } == [64, 64, 64, 32, 32, 32, 16, 16, 16, 8, 8, 8])
        let members = try #require(groups[0]["members"] as? [[String: Any]])
        let producers = members.filter { $0["role"] as? String == "producer" }
        #expect(
            Set(producers.compactMap { $0["parameter"] as? String }) == [
                "layer4.0.conv2.weight", "layer4.0.shortcut.0.weight", "layer4.1.conv2.weight",
            ])
        #expect(members.allSatisfy { $0["axis"] is Int && $0["shape"] is [Int] })
        let frozen = try #require(report["frozen"] as? [[String: Any]])
        #expect(frozen.count == 2 && frozen.allSatisfy { ($0["reason"] as? String)?.isEmpty == false })
    }

    @Test("of several architectures that fit, that of the full width is taken")
    func fullWidth() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("full.safetensors")
            for name in ["mobilenet_v2", "resnet20_option_a", "vgg11_half"] {
                let graph = try ModelRegistry.architecture(named: name).initialised(classes: 7, seed: 1)
                try SafetensorsWriter.write(graph.stateDictionary, to: file)
                let run = try CommandRun.run(["groups", file.path, "--json"])
                #expect(try run.json()["model"] as? String == name, "\(run.errors)")
            }
        }
    }

    @Test("weights say what they are, or the architectures that fit are listed")
    func architectures() throws {
        // What the file says.
        let named = try CommandRun.run(["groups", Bundled.residual.path, "--json"])
        #expect(try named.json()["model"] as? String == "resnet18")
        try TemporaryFolder.with { folder in
            let bare = folder.appendingPathComponent("bare.safetensors")
            for (source, name) in [(Bundled.model, "vgg11_bn"), (Bundled.residual, "resnet18")] {
                try SafetensorsWriter.write(CheckpointFile.load(source).state, to: bare)
                let fitting = try ModelRegistry.architectures(fitting: CheckpointFile.load(bare).state).map(
                    \.name)
                #expect(fitting.contains(name))
                let run = try CommandRun.run(["groups", bare.path, "--json"])
                if fitting.count == 1 {
                    #expect(try run.json()["model"] as? String == name)
                } else {
                    #expect(run.status != 0 && run.errors.contains("--model-name"))
                    for one in fitting { #expect(run.errors.contains(one), "\(one)") }
                }
                let told = try CommandRun.run(["groups", bare.path, "--model-name", name, "--json"])
                #expect(try told.json()["model"] as? String == name)
            }
            try SafetensorsWriter.write(
                StateDictionary([("strange", Tensor(random: .normal, shape: [2], seed: 1))]), to: bare)
            let run = try CommandRun.run(["groups", bare.path])
            #expect(run.status != 0 && run.errors.contains("fits no built-in architecture"))
            #expect(run.errors.contains("torch.onnx.export(model"))
            // Of one that nearly fits the error says which is nearest.
            var nearly = try ModelRegistry.architecture(named: "resnet20_option_a").initialised(
                widthMultiplier: 0.25, seed: 1
            ).stateDictionary
            nearly["linear.weight"] = nil
            try SafetensorsWriter.write(nearly, to: bare)
            let near = try CommandRun.run(["groups", bare.path])
            #expect(near.status != 0 && near.errors.contains("the nearest is resnet20_option_a"))
        }
    }

    @Test("run takes the lengths that a network leaves open from --input-shape or from the arrays")
    func inputShapes() throws {
        try TemporaryFolder.with { folder in
            let (model, arrays) = (
                folder.appendingPathComponent("model.onnx").path, folder.appendingPathComponent("in.npz")
            )
            let converted = try CommandRun.run(["convert", Bundled.residual.path, "-o", model])
            #expect(converted.status == 0, "\(converted.errors)")
            func shapes(_ arguments: [String]) throws -> [[Int]] {
                let report = try CommandRun.run(["run", model, "--json"] + arguments).json()
                return try #require(report["outputs"] as? [[String: Any]]).compactMap {
                    $0["shape"] as? [Int]
                }
            }
            #expect(try shapes([]) == [[1, 10]])
            #expect(try shapes(["--input-shape", "input=3x1x32x32"]) == [[3, 10]])
            #expect(try shapes(["--input-shape", "input=3x?x?x32"]) == [[3, 10]])
            #expect(try shapes(["--input-shape", "batch=5"]) == [[5, 10]])
            try NumPyFile.write(
                StateDictionary([("input", Tensor(random: .normal, shape: [4, 1, 32, 32], seed: 1))]),
                to: arrays)
            #expect(try shapes(["--input", arrays.path]) == [[4, 10]])
            let wrong = try CommandRun.run(["run", model, "--input-shape", "3x2x8x8"])
            #expect(wrong.status != 0 && wrong.errors.contains("axis 1 of input input"))
        }
    }

    @Test("a network that was trained is one that the other commands take")
    func training() throws {
        try TemporaryFolder.with { folder in
            let model = folder.appendingPathComponent("trained.safetensors").path
            let run = try CommandRun.run([
                "train", "--model_name", "vgg11_nobias", "--data", Bundled.digits.path, "--width", "0.04",
                "--epochs", "1", "--output", model, "--json",
            ])
            #expect(run.status == 0, "\(run.errors)")
            let report = try run.json()
            #expect(report["complete"] as? Bool == true)
            let epochs = try #require(report["epochs"] as? [[String: Any]])
            #expect(epochs.count == 1 && epochs[0]["loss"] is Double)
            let sweep = try CommandRun.run([
                "sweep", "--model-name", "vgg11_nobias", "--checkpoint", model, "--data", Bundled.digits.path,
                "--samples", "20", "--group-idxs", "0", "--sparsities", "0.5", "--json",
            ])
            #expect(sweep.status == 0, "\(sweep.errors)")
        }
    }

    @Test("Ctrl-C ends a training with exit status 130")
    func interruptedTraining() throws {
        try TemporaryFolder.with { folder in
            let model = folder.appendingPathComponent("trained.safetensors")
            let run = try CommandRun.run([
                "train", "--data", Bundled.digits.path, "--width", "0.1", "--epochs", "1000", "--output",
                model.path, "--json",
            ]) { process in
                while process.isRunning, try !catchesInterrupts(process) {
                    Thread.sleep(forTimeInterval: 0.02)
                }
                process.interrupt()
            }
            #expect(run.status == 130 && !run.wasSignalled, "\(run.errors)")
            if run.output.isEmpty {
                #expect(!FileManager.default.fileExists(atPath: model.path))
            } else {
                #expect(try run.json()["complete"] as? Bool == false)
                #expect(try !CheckpointFile.load(model).state.isEmpty)
            }
        }
    }

    @Test("Ctrl-C ends a pruning with exit status 130, and it is said that nothing was written")
    func interruptedPruning() throws {
        try TemporaryFolder.with { folder in
            let output = folder.appendingPathComponent("small.safetensors").path
            let run = try CommandRun.run([
                "prune", "--effort", "minimal", "--checkpoint", Bundled.model.path, "--sparsity", "0.5",
                "--calibrate",
                Bundled.digits.path, "--refine", "1000000", "-o", output,
            ]) { process in
                while process.isRunning, try !catchesInterrupts(process) {
                    Thread.sleep(forTimeInterval: 0.02)
                }
                process.interrupt()
            }
            #expect(run.status == 130 && !run.wasSignalled && run.output.isEmpty)
            #expect(run.errors.contains("nothing was written"), "\(run.errors)")
            #expect(!FileManager.default.fileExists(atPath: output))
        }
    }

    /// Whether the process has taken Ctrl-C into its own hands: signal 2 is bit 1 of the mask of caught ones.
    private func catchesInterrupts(_ process: Process) throws -> Bool {
        let path = "/proc/\(process.processIdentifier)/status"
        guard let status = try? String(contentsOfFile: path, encoding: .utf8) else { return false }
        let line = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
        let mask = line.flatMap { UInt64($0.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16) }
        return (mask ?? 0) & 2 != 0
    }
}
