import Checkpoints
import Compression
import Coupling
import Foundation
import Graph
import Importance
import Models
import TestSupport
import Testing

@Suite("The command sweep")
struct SweepCommandTests {
    @Test("--json prints one object with everything that is documented")
    func json() throws {
        let run = try CommandRun.run(Bundled.sweep("--json"))
        #expect(run.status == 0 && run.errors.isEmpty)
        let report = try run.json()
        #expect(report["model"] as? String == "vgg11_bn")
        #expect(report["checkpoint"] as? String == Bundled.model.path)
        #expect(report["dataset"] as? String == "digits")
        #expect(report["seed"] as? Int == 0)
        #expect(report["samples"] as? Int == 40)
        #expect(report["available_samples"] as? Int == 500)
        #expect(report["complete"] as? Bool == true)
        let dense = try #require(report["dense_accuracy"] as? Double)
        #expect(dense > 0.9 && dense <= 1)
        for key in ["checkpoint_checksum", "data_checksum", "device", "libtorch", "version"] {
            #expect((report[key] as? String)?.isEmpty == false, "\(key)")
        }
        let options = try #require(report["options"] as? [String: Any])
        #expect(options["importance"] as? String == "l1")
        #expect(options["folding"] as? String == "exact")
        #expect(options["groups"] as? [Int] == [0, 6])
        #expect(options["sparsities"] as? [Double] == [0.5, 0.75])
        let rows = try #require(report["rows"] as? [[String: Any]])
        #expect(rows.map { $0["group"] as? Int } == [0, 0, 6, 6])
        #expect(rows.map { $0["sparsity"] as? Double } == [0.5, 0.75, 0.5, 0.75])
        #expect(rows.map { $0["channels"] as? Int } == [64, 64, 16, 16])
        #expect(rows.map { $0["kept"] as? Int } == [32, 16, 8, 4])
        for row in rows {
            let accuracy = try #require(row["accuracy"] as? [String: Double])
            #expect(Set(accuracy.keys) == ["delete", "reference", "norm_preserving"])
            #expect(accuracy.values.allSatisfy { $0 >= 0 && $0 <= 1 && ($0 * 40).rounded() == $0 * 40 })
        }
    }

    @Test("--csv prints a header and one line a row, with the numbers of --json")
    func csv() throws {
        let run = try CommandRun.run(Bundled.sweep("--csv"))
        #expect(run.status == 0 && run.errors.isEmpty)
        let lines = run.output.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        let header = try #require(lines.first)
        #expect(Array(header.suffix(3)) == ["delete", "reference", "norm_preserving"])
        #expect(lines.count == 5 && lines.allSatisfy { $0.count == header.count })
        let rows = try #require(CommandRun.run(Bundled.sweep("--json")).json()["rows"] as? [[String: Any]])
        for (line, row) in zip(lines.dropFirst(), rows) {
            let cells = Dictionary(uniqueKeysWithValues: zip(header, line))
            let accuracy = try #require(row["accuracy"] as? [String: Double])
            #expect(cells["group"].flatMap(Int.init) == row["group"] as? Int)
            #expect(cells["sparsity"].flatMap(Double.init) == row["sparsity"] as? Double)
            #expect(cells["kept"].flatMap(Int.init) == row["kept"] as? Int)
            for (rule, value) in accuracy { #expect(cells[rule].flatMap(Double.init) == value) }
        }
    }

    @Test("the table says how many samples were taken, the dense accuracy and every row")
    func table() throws {
        let run = try CommandRun.run(Bundled.sweep())
        #expect(run.status == 0 && run.errors.isEmpty)
        #expect(run.output.contains("the first 40 of 500"))
        #expect(run.output.contains("dense accuracy: "))
        let lines = run.output.split(separator: "\n")
        let header = try #require(lines.firstIndex { $0.contains("sparsity") })
        #expect(lines[header].split(separator: " ").suffix(3) == ["delete", "reference", "norm_preserving"])
        #expect(lines.count == header + 5)
        // Aligned to the right.
        #expect(Set(lines[header...].map(\.count)).count == 1)
        #expect(lines.dropFirst(header + 1).allSatisfy { $0.hasSuffix("%") })
    }

    @Test(
        "every criterion runs on the bundled network, those that need images on the training part",
        arguments: ImportanceRegistry.names)
    func criteria(name: String) throws {
        let arguments = Bundled.sweep(
            "--importance-criteria", name, "--batches", "2", "--criterion-batch-size", "16", "--reduction",
            "max", "--normaliser", "sum")
        let run = try CommandRun.run(arguments + ["--json"])
        #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
        let report = try run.json()
        let options = try #require(report["options"] as? [String: Any])
        #expect(options["importance"] as? String == name)
        #expect(options["batches"] as? Int == 2 && options["criterion_batch_size"] as? Int == 16)
        #expect(options["reduction"] as? String == "max" && options["normaliser"] as? String == "sum")
        let needsImages = try ImportanceRegistry.needsImages(name)
        let checksum = report["training_data_checksum"] as? String
        #expect((checksum != nil) == needsImages)
        #expect(checksum != report["data_checksum"] as? String)
        #expect((report["rows"] as? [[String: Any]])?.count == 4)
        guard name == "taylor" else { return }
        let text = try CommandRun.run(arguments).output
        #expect(text.contains("taylor (first 32 training images)"))
        // How many images are looked at decides what is kept, and with it the accuracies.
        func accuracies(_ batches: String) throws -> [[String: Double]] {
            let run = try CommandRun.run(
                Bundled.sweep("--importance-criteria", name, "--batches", batches, "--json"))
            let rows = try #require(run.json()["rows"] as? [[String: Any]])
            return rows.compactMap { $0["accuracy"] as? [String: Double] }
        }
        #expect(try accuracies("1") != accuracies("10"))
    }

    @Test("the paper's flags paste in unchanged, in both spellings")
    func underscores() throws {
        func arguments(_ separator: String) -> [String] {
            func flag(_ words: String...) -> String { "--" + words.joined(separator: separator) }
            return [
                "sweep", flag("model", "name"), "vgg11_bn", "--checkpoint", Bundled.model.path, "--data",
                Bundled.digits.path, flag("group", "idxs"), "1", "--sparsities", "0.5",
                flag("importance", "criteria"), "l2", flag("source", "prob"), "uniform",
                flag("target", "prob"), "importance", "--p", "2", "--target", "most_important",
                flag("gpu", "id"), "-1", "--samples", "30", "--json",
            ]
        }
        let reports = try ["-", "_"].map { separator in
            let run = try CommandRun.run(arguments(separator))
            #expect(run.status == 0, "\(run.errors)")
            return try run.json()
        }
        for report in reports {
            let options = try #require(report["options"] as? [String: Any])
            #expect(options["importance"] as? String == "l2")
            let transport = try #require(options["transport"] as? [String: Any])
            #expect(transport["p"] as? Double == 2)
            #expect(transport["target"] as? String == "importance")
            let rows = try #require(report["rows"] as? [[String: Any]])
            #expect(rows.count == 1 && rows[0]["group"] as? Int == 1)
        }
    }

    @Test(
        "every way to pose and solve the transport runs, is embedded in the report and in saved networks",
        arguments: [
            ["--target", "cluster_centroid", "--clustering", "kmeans", "--seed", "3"],
            ["--target", "cluster_centroid", "--cost", "cosine", "--solver", "semi_relaxed"],
            ["--solver", "sinkhorn", "--epsilon", "0.2", "--max-iterations", "5000", "--p", "inf"],
            ["--cost-features", "producers", "--source-prob", "importance", "--target-prob", "importance"],
            ["--cost_features", "consumers", "--max_iterations", "100000"],
        ])
    func transport(flags: [String]) throws {
        try TemporaryFolder.with { folder in
            let run = try CommandRun.run(
                Bundled.sweep("--json", "--save-models", folder.path) + flags
                    + ["--rules", MergeRuleRegistry.names.dropFirst().joined(separator: ",")])
            #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
            let report = try run.json()
            let options = try #require(report["options"] as? [String: Any])
            let transport = try #require(options["transport"] as? [String: Any])
            let file = try #require(
                FileManager.default.contentsOfDirectory(atPath: folder.path).first {
                    $0.hasSuffix("-mean.safetensors")
                })
            let saved = try CheckpointFile.load(folder.appendingPathComponent(file)).metadata
            let keys = [
                "--target": "targets", "--max-iterations": "iteration_limit", "--source-prob": "source",
                "--target-prob": "target", "--cost_features": "cost_features",
                "--cost-features": "cost_features", "--max_iterations": "iteration_limit",
            ]
            let fileKeys = [
                "source": "source_marginal", "target": "target_marginal", "seed": "transport_seed",
            ]
            for index in stride(from: 0, to: flags.count, by: 2) {
                let key = keys[flags[index]] ?? String(flags[index].dropFirst(2))
                let found = try #require(transport[key])
                #expect("\(found)" == flags[index + 1], "\(key)")
                #expect(saved[fileKeys[key] ?? key]?.description == flags[index + 1], "\(key)")
            }
            let rows = try #require(report["rows"] as? [[String: Any]])
            #expect(rows.count == 4)
            for row in rows {
                let accuracy = try #require(row["accuracy"] as? [String: Double])
                #expect(Set(accuracy.keys) == Set(MergeRuleRegistry.names))
            }
        }
    }

    @Test("--save-models writes networks that load again, as wide as the rows say")
    func saving() throws {
        try TemporaryFolder.with { folder in
            let target = folder.appendingPathComponent("networks")
            let run = try CommandRun.run(Bundled.sweep("--save-models", target.path, "--json"))
            #expect(run.status == 0, "\(run.errors)")
            let files = try FileManager.default.contentsOfDirectory(atPath: target.path).sorted()
            #expect(files.count == 2 * 2 * 3)
            let architecture = try ModelRegistry.architecture(named: "vgg11_bn")
            for file in files {
                let saved = try CheckpointFile.load(target.appendingPathComponent(file))
                let graph = try architecture.load(saved.state)
                let group = try #require(saved.metadata["group"].flatMap { Int($0.description) })
                let sparsity = try #require(saved.metadata["sparsity"].flatMap { Double($0.description) })
                let width = group == 0 ? 64.0 : 16
                #expect(try Coupling(graph).group(group).width == Int(width * (1 - sparsity)), "\(file)")
                #expect(saved.metadata["rule"].map { file.contains($0.description) } == true)
            }
            // What was saved is what was evaluated.
            let file = try #require(files.first { $0.contains("group6-sparsity0.75-reference") })
            let again = try CommandRun.run([
                "sweep", "--checkpoint", target.appendingPathComponent(file).path, "--data",
                Bundled.digits.path, "--samples", "40", "--group-idxs", "0", "--sparsities", "0", "--json",
            ])
            let rows = try #require(run.json()["rows"] as? [[String: Any]])
            let accuracy = try #require(rows[3]["accuracy"] as? [String: Double])
            #expect(try again.json()["dense_accuracy"] as? Double == accuracy["reference"])
        }
    }

    /// Files of the third group appear when the rows of the first two are finished: at most 48 networks are held.
    @Test("Ctrl-C ends a sweep with exit status 130 and the rows that were finished")
    func interruption() throws {
        try TemporaryFolder.with { folder in
            let target = folder.appendingPathComponent("networks")
            let shares = (1...10).map { "\(Double($0) / 20)" }
            let arguments =
                ["sweep", "--checkpoint", Bundled.residual.path, "--model-name", "resnet18", "--data"]
                + [Bundled.digits.path, "--sparsities"] + shares
                + ["--rules", "reference", "--batch-size", "5", "--threads", "1", "--json"]
                + ["--save-models", target.path]
            let run = try CommandRun.run(arguments) { process in
                while process.isRunning {
                    let files = (try? FileManager.default.contentsOfDirectory(atPath: target.path)) ?? []
                    if files.contains(where: { $0.contains("-group2-") }) { break }
                    Thread.sleep(forTimeInterval: 0.02)
                }
                process.interrupt()
            }
            #expect(run.status == 130 && !run.wasSignalled, "\(run.errors)")
            let report = try run.json()
            #expect(report["complete"] as? Bool == false)
            let rows = try #require(report["rows"] as? [[String: Any]])
            #expect(rows.count >= 20 && rows.count < 120)
            #expect(rows.allSatisfy { ($0["accuracy"] as? [String: Double])?.count == 2 })
            #expect(rows.prefix(20).map { $0["group"] as? Int } == (0..<20).map { $0 / 10 })
            #expect(report["dense_accuracy"] is Double)
        }
    }
}
