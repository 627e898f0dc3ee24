import Analysis
import Checkpoints
import Compression
import Experiments
import Foundation
import Calibration
import Importance
import IntraFusion
import Models
import OptimalTransport
import Pruning
import TestSupport
import Testing
import Torch

@Suite("prune and apply on the command line")
struct PruneCommandTests {
    /// The arguments that name the bundled network.
    private static let network = ["--threads", "1", "--checkpoint", Bundled.model.path]

    private func run(_ arguments: [String]) throws -> CommandRun {
        let run = try CommandRun.run(arguments)
        #expect(run.status == 0 && run.errors.isEmpty, "\(arguments): \(run.errors)")
        return run
    }

    @Test("without flags the library does what the command does, to the same bytes")
    func defaults() throws {
        try TemporaryFolder.with { folder in
            let (byCommand, byLibrary) = (
                folder.appendingPathComponent("command.safetensors"),
                folder.appendingPathComponent("library.safetensors")
            )
            let file = try NetworkFile(Bundled.perceptron.path)
            for effort in [nil, Effort.minimal, .quick] {
                _ = try run(
                    ["prune", file.path, "--threads", "1", "--sparsity", "0.5", "-o", byCommand.path]
                        + (effort.map { ["--effort", $0.rawValue] } ?? []))
                var options = try PruningOptions(sparsity: Sparsity(0.5))
                if let effort { options.effort = effort }
                let result = try Pruner(file.graph, options: options, samplesAtOnce: file.batchSize).run()
                let source = PruningPlan.Source(
                    architecture: file.architecture, file: file.path, checksum: file.checksum)
                try file.save(result.graph, to: byLibrary, metadata: result.options.metadata(of: source))
                #expect(
                    try Data(contentsOf: byCommand) == Data(contentsOf: byLibrary),
                    "\(String(describing: effort))")
            }
        }
    }

    /// JSON as text, its keys in order.
    private func sorted(_ json: Any?) throws -> String {
        let value = try #require(json)
        return String(
            decoding: try JSONSerialization.data(withJSONObject: [value], options: .sortedKeys),
            as: UTF8.self)
    }

    @Test("--help lists every choice with a line about it")
    func help() throws {
        let text = try run(["prune", "--effort", "minimal", "--help"]).output
        let lines = text.split(whereSeparator: \.isNewline).joined(separator: " ")
            .split(separator: " ").joined(separator: " ")
        for rule in MergeRuleRegistry.rules { #expect(lines.contains("\(rule.name): \(rule.summary)")) }
        for item in AllocationRegistry.allocations {
            #expect(lines.contains("\(item.name): \(item.summary)"))
        }
        for item in ImportanceRegistry.criteria { #expect(lines.contains("\(item.name): \(item.summary)")) }
        func expect<Choice: CaseIterable>(
            _ choices: Choice.Type, _ path: KeyPath<Choice, String>, _ summary: KeyPath<Choice, String>
        ) {
            for choice in Choice.allCases {
                let line = "\(choice[keyPath: path]): \(choice[keyPath: summary])"
                #expect(lines.contains(line), "\(line)")
            }
        }
        expect(ImportanceScorer.Reduction.self, \.rawValue, \.summary)
        expect(ImportanceScorer.Normaliser.self, \.rawValue, \.summary)
        expect(TransportOptions.MarginalKind.self, \.rawValue, \.summary)
        expect(TransportOptions.Target.self, \.rawValue, \.summary)
        expect(TransportOptions.CostFeatures.self, \.rawValue, \.summary)
        expect(CompressionOrder.self, \.rawValue, \.summary)
        expect(BatchNormFolding.self, \.rawValue, \.summary)
        for item in PruningSchedule.forms { #expect(lines.contains("\(item.name): \(item.summary)")) }
        for item in GroundCostRegistry.costs { #expect(lines.contains("\(item.name): \(item.summary)")) }
        for item in TransportSolverRegistry.solvers {
            #expect(lines.contains("\(item.name): \(item.summary)"))
        }
        for item in ClusteringRegistry.methods { #expect(lines.contains("\(item.name): \(item.summary)")) }
        for name in [
            "architectures", "simultaneous", "backward", "forward", "--ranking", "--importance",
        ] {
            #expect(lines.contains(name), "\(name)")
        }
        #expect(try run(["apply", "--help"]).output.contains("--other-weights"))
        #expect(try run(["--help"]).output.contains("apply"))
    }

    @Test("a network is pruned, reported on, read again, and made again from its plan byte by byte")
    func wholeWay() throws {
        try TemporaryFolder.with { folder in
            let small = folder.appendingPathComponent("small.safetensors")
            let plan = folder.appendingPathComponent("plan.json")
            let text = try run(
                ["prune", "--effort", "minimal"] + Self.network + [
                    "-o", small.path, "--plan", plan.path, "--sparsity", "0.25", "--ignore",
                    "features.22.*", "7",
                    "--sparsity-of", "3=0.5", "--data", Bundled.digits.path, "--samples", "100",
                ]
            ).output
            for word in [
                "features.22.* matches features.22.bias", "ignored", "batch_norm", "frozen", "parameters",
                "predicted errors", "chosen", "accuracy", small.path, plan.path,
            ] { #expect(text.contains(word), "\(word) in \(text)") }
            let groups =
                try run(
                    ["groups", "--checkpoint", small.path, "--json"]
                ).json()["groups"] as? [[String: Any]]
            #expect(groups?.map { $0["width"] as? Int } == [48, 64, 64, 32, 24, 24, 12, 8])
            let again = folder.appendingPathComponent("again.safetensors")
            let applied = try run(
                ["apply", plan.path] + Self.network + [
                    "-o", again.path, "--json", "--data", Bundled.digits.path, "--samples", "100",
                ]
            ).json()
            #expect(try Data(contentsOf: small) == Data(contentsOf: again))
            #expect(applied["applied_plan"] as? String == plan.path && applied["plan_file"] == nil)
            #expect((applied["after"] as? [String: Any])?["parameters"] as? Int != nil)
            #expect((applied["accuracy"] as? [String: Any])?["after"] as? Double != nil)
            // Without writing, the same is said of the groups as was when they were pruned.
            let dry = ["apply", plan.path] + Self.network + ["--dry-run"]
            #expect(try run(dry).output.contains("nothing was written"))
            #expect(applied["verdict"] as? String != nil && applied["agreement"] as? Double != nil)
            let said = try run(dry + ["--json"]).json()
            // Without an output it is said what would be done, to the amount that is usual.
            let look = try run(["prune", "--effort", "minimal"] + Self.network).output
            #expect(
                look.contains("nothing was written: --output") && look.contains("asked for at most 70.00 %"))
            let pruned = try run(
                ["prune", "--effort", "minimal"] + Self.network + [
                    "--dry-run", "--json", "--sparsity", "0.25", "--ignore", "features.22.*", "7",
                    "--sparsity-of", "3=0.5",
                ]
            ).json()
            for key in ["before", "after", "options", "plan", "frozen"] {
                #expect(try sorted(said[key]) == sorted(pruned[key]), "\(key)")
            }
            let (left, right) = (said["groups"] as? [[String: Any]], pruned["groups"] as? [[String: Any]])
            for key in ["width", "kept_channels", "rule", "sources", "producers"] {
                #expect(
                    try sorted(left?.map { $0[key] ?? "none" }) == sorted(right?.map { $0[key] ?? "none" }),
                    "\(key)")
            }
        }
    }

    @Test("the JSON report says what was asked for and what came of it")
    func report() throws {
        let report = try run(
            ["prune", "--effort", "minimal"] + Self.network + [
                "--dry-run", "--json", "--target-macs", "0.5", "--allocate", "sensitivity", "--importance",
                "l2",
                "--rule", "norm_preserving", "--round-to", "4", "--minimum-width", "6", "--steps", "2",
                "--schedule", "geometric", "--order", "backward",
            ]
        ).json()
        let budget = try #require((report["budgets"] as? [[String: Any]])?.first)
        let reached = try #require(budget["reached"] as? Double)
        #expect(budget["asked"] as? Double == 0.5 && reached <= 0.5 && reached > 0.4)
        let groups = try #require(report["groups"] as? [[String: Any]])
        for group in groups {
            let (width, kept) = (group["width"] as? Int ?? 0, group["kept"] as? Int ?? 0)
            #expect(kept == width || kept % 4 == 0 && kept >= 6)
            #expect((group["kept_channels"] as? [Int])?.count == kept)
            #expect(group["reason"] is String || group["sources"] as? [String] == ["weights"])
        }
        #expect(groups.contains { $0["rule"] as? String == "norm_preserving" })
        let options = try #require(report["options"] as? [String: Any])
        #expect(options["importance"] as? String == "l2" && options["seed"] as? Int == 0)
        let plan = try #require(report["plan"] as? [String: Any])
        #expect(plan["format"] as? String == "intrafusion-plan")
        #expect((plan["rounds"] as? [[String: Any]])?.count == 2)
        #expect((plan["source"] as? [String: Any])?["checksum"] as? String != nil)
        for key in ["before", "after"] { #expect((report[key] as? [String: Any])?["bytes"] is Int) }
        for key in ["seconds", "frozen", "version", "libtorch"] { #expect(report[key] != nil, "\(key)") }
        #expect(report["output"] == nil)
    }

    @Test("a file that is to have a size has at most that size")
    func size() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("small.safetensors")
            for (text, bytes) in [("150kB", 150_000), ("0.1MiB", 104_857)] {
                _ = try run(
                    ["prune", "--effort", "minimal"] + Self.network + [
                        "-o", file.path, "--target-size", text, "--ranking", "global",
                    ])
                let size = try Data(contentsOf: file).count
                #expect(size <= bytes && size > bytes * 9 / 10, "\(text): \(size)")
            }
        }
    }

    @Test("the output may be the input, which is pruned again from there")
    func inPlace() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("network.safetensors")
            try FileManager.default.copyItem(at: Bundled.model, to: file)
            for width in [32, 16] {
                _ = try run([
                    "prune", "--effort", "minimal", "--threads", "1", "--checkpoint", file.path, "-o",
                    file.path, "--sparsity",
                    "0.5",
                    "--groups", "0",
                ])
                let weight = try CheckpointFile.load(file).state.tensor(named: "features.25.weight")
                #expect(weight.shape[0] == width)
            }
        }
    }

    @Test("--dry-run and failures write nothing")
    func nothingWritten() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("small.safetensors").path
            _ = try run(
                ["prune", "--effort", "minimal"] + Self.network + [
                    "-o", file, "--sparsity", "0.5", "--dry-run", "--groups", "0",
                ])
            let idle =
                ["prune", "--effort", "minimal"] + Self.network + [
                    "-o", file, "--sparsity", "0", "--groups", "0",
                ]
            let failed = try CommandRun.run(idle)
            #expect(failed.status != 0 && failed.output.isEmpty && !failed.wasSignalled)
            #expect(failed.errors.contains("nothing was pruned") && failed.errors.contains("sparsity of 0.0"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
            _ = try run(idle + ["--allow-nothing"])
            #expect(FileManager.default.fileExists(atPath: file))
        }
    }
}
