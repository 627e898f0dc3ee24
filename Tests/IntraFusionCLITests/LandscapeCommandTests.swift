import Foundation
import TestSupport
import Testing

@Suite("landscape on the command line, and pictures of other commands")
struct LandscapeCommandTests {
    private func landscape(_ more: [String]) -> [String] {
        [
            "landscape", Bundled.model.path, "--data", Bundled.digits.path, "--group", "6", "--sparsity",
            "0.5",
            "--grid", "3", "--samples", "40", "--threads", "1",
        ] + more
    }

    @Test("a picture, a table and JSON are written with the same numbers; --resume measures nothing twice")
    func files() throws {
        try TemporaryFolder.with { folder in
            let paths = ["l.svg", "l.csv", "l.json"].map { folder.appendingPathComponent($0).path }
            let run = try CommandRun.run(
                landscape(["-o", paths[0], "--csv", paths[1], "--results", paths[2], "--json"]))
            #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
            let record = try run.json()
            #expect(record["format"] as? String == "intrafusion-landscape")
            let result = try #require(record["result"] as? [String: Any])
            let grid = try #require(result["grid"] as? [[String: Any]])
            #expect(grid.count == 9 && grid.allSatisfy { $0["loss"] is Double })
            let svg = try String(contentsOfFile: paths[0], encoding: .utf8)
            #expect(svg.hasPrefix("<svg") && svg.contains("Test loss of vgg11_bn, group 6 at sparsity 0.5"))
            let csv = try String(contentsOfFile: paths[1], encoding: .utf8).split(separator: "\n")
            #expect(csv.count == 13 && csv[0] == "network,x,y,loss,accuracy" && csv[2].hasPrefix("delete,"))
            #expect(csv[4].split(separator: ",").count == 4, "a place of the grid has no name: \(csv[4])")

            let again = try CommandRun.run(landscape(["-o", paths[0], "--results", paths[2]]))
            #expect(again.status != 0 && again.errors.contains("--resume"))
            let redrawn = try CommandRun.run(
                landscape(["-o", paths[0], "--results", paths[2], "--resume", "--accuracy", "--json"]))
            #expect(redrawn.status == 0, "\(redrawn.errors)")
            // Seconds differ from run to run.
            #expect(NSDictionary(dictionary: try redrawn.json()).isEqual(to: record))
            #expect(
                try String(contentsOfFile: paths[0], encoding: .utf8).contains("Test accuracy of vgg11_bn"))
            let other = try CommandRun.run(
                landscape(["--rules", "delete,mean", "--results", paths[2], "--resume"]))
            #expect(other.status != 0 && other.errors.contains("other options"), "\(other.errors)")
        }
    }

    @Test("Ctrl-C keeps what is measured, and --resume finishes it")
    func interruption() throws {
        try TemporaryFolder.with { folder in
            let results = folder.appendingPathComponent("l.json")
            let arguments = landscape(["--grid", "25", "--samples", "400", "--results", results.path])
            let run = try CommandRun.run(arguments) { process in
                while process.isRunning, !FileManager.default.fileExists(atPath: results.path) {
                    usleep(5_000)
                }
                process.interrupt()
            }
            try #require(run.status == 130 && !run.wasSignalled, "\(run.errors)")
            #expect(run.output.isEmpty && run.errors.contains("--resume"))
            let data = try Data(contentsOf: results)
            let record = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let grid = try #require((record["result"] as? [String: Any])?["grid"] as? [Any])
            #expect(grid.count == 625 && grid.contains { $0 is NSNull })
        }
    }

    @Test("the line between two networks ends in both; another shape is refused by name")
    func between() throws {
        try TemporaryFolder.with { folder in
            let other = folder.appendingPathComponent("other.safetensors").path
            let small = folder.appendingPathComponent("small.safetensors").path
            let picture = folder.appendingPathComponent("line.svg").path
            let data = ["--data", Bundled.digits.path]
            let trained = try CommandRun.run(
                [
                    "train", "--model-name", "mlp", "--width", "0.25", "--epochs", "1", "--seed", "5", "-o",
                    other,
                ]
                    + data)
            #expect(trained.status == 0, "\(trained.errors)")
            let arguments = [
                "landscape", "--model-name", "mlp", "--grid", "5", "-o", picture, "--json", "--between",
            ]
            let run = try CommandRun.run(arguments + [Bundled.perceptron.path, other] + data)
            #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
            let result = try #require(run.json()["result"] as? [String: Any])
            let points = try #require(result["points"] as? [[String: Any]])
            let grid = try #require(result["grid"] as? [[String: Any]])
            let ends = points.map { ($0["measurement"] as? [String: Any])?["loss"] as? Double ?? .nan }
            let losses = grid.map { $0["loss"] as? Double ?? .nan }
            #expect(losses.count == 5 && abs(losses[0] - ends[0]) < 1e-6 && abs(losses[4] - ends[1]) < 1e-6)
            #expect(ends[0] != ends[1])
            #expect(try String(contentsOfFile: picture, encoding: .utf8).contains("distance in weights from"))
            let widths = folder.appendingPathComponent("widths.svg").path
            let pruned = try CommandRun.run([
                "prune", Bundled.perceptron.path, "--model-name", "mlp", "--sparsity", "0.5", "--effort",
                "minimal",
                "-o", small, "--plot", widths,
            ])
            #expect(pruned.status == 0, "\(pruned.errors)")
            let drawn = try String(contentsOfFile: widths, encoding: .utf8)
            #expect(drawn.contains("Channels of mlp") && drawn.contains("→"))
            let refused = try CommandRun.run(arguments + [Bundled.perceptron.path, small] + data)
            #expect(refused.status != 0 && refused.errors.contains("equal shape"), "\(refused.errors)")
        }
    }

    @Test("sweep and study draw what they find")
    func plots() throws {
        try TemporaryFolder.with { folder in
            let picture = folder.appendingPathComponent("p.svg")
            let sweep = try CommandRun.run(Bundled.sweep("--plot", picture.path))
            #expect(sweep.status == 0 && sweep.errors.isEmpty, "\(sweep.errors)")
            let svg = try String(contentsOf: picture, encoding: .utf8)
            #expect(svg.contains(">group 6<") && svg.contains(">gain of norm_preserving over delete<"))
            let study = folder.appendingPathComponent("s.json")
            try Data(
                """
                {"format": "intrafusion-study", "format_version": 1, "name": "small", "samples": 40,
                 "networks": [{"name": "net", "file": "\(Bundled.model.path)", "model": "vgg11_bn",
                               "data": "\(Bundled.digits.path)"}],
                 "sparsities": [0.5], "methods": [{"name": "del", "rule": "delete"}]}
                """.utf8
            ).write(to: study)
            let run = try CommandRun.run(["study", study.path, "--plot", picture.path])
            #expect(run.status == 0, "\(run.errors)")
            #expect(try String(contentsOf: picture, encoding: .utf8).contains(">net, every group pruned<"))
        }
    }

    @Test(
        "pictures are PNG where the name says so",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/rsvg-convert"), "needs rsvg-convert"))
    func png() throws {
        try TemporaryFolder.with { folder in
            let picture = folder.appendingPathComponent("widths.png")
            let arguments = [
                "prune", Bundled.perceptron.path, "--sparsity", "0.5", "--effort", "minimal", "--plot",
                picture.path,
            ]
            #expect(try CommandRun.run(arguments).status == 0)
            let data = try Data(contentsOf: picture)
            #expect(data.starts(with: [0x89, 0x50, 0x4E, 0x47]) && data.count > 10_000)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["widths.png"])
            try FileManager.default.removeItem(at: picture)
            let missing = try CommandRun.run(arguments, environment: ["PATH": folder.path])
            #expect(missing.status == 64 && missing.errors.contains("librsvg2-bin"), "\(missing.errors)")
            #expect(!FileManager.default.fileExists(atPath: picture.path))
        }
    }

    @Test(
        "what is wrong is said before anything is measured",
        arguments: [
            (["--group", "6", "-o", "x.svg"], "--sparsity"),
            (["--group", "6", "--sparsity", "0.5"], "--output"),
            (["--group", "6", "--sparsity", "0.5", "-o", "x.pdf"], "ends in .svg or .png"),
            (["--group", "6", "--sparsity", "0.5", "-o", "/nowhere/x.svg"], "/nowhere"),
            (["--group", "6", "--sparsity", "0.5", "-o", "x.svg", "--grid", "1"], "--grid"),
            (["--group", "6", "--sparsity", "0.5", "-o", "x.svg", "--resume"], "--results"),
            (["--group", "99", "--sparsity", "0.5", "-o", "x.svg"], "99"),
            (["--group", "6", "--sparsity", "1.5", "-o", "x.svg"], "1.5"),
            (
                ["--group", "6", "--sparsity", "0.5", "-o", "x.svg", "--rules", "delete"],
                "two different merge rules"
            ),
            (
                ["--group", "6", "--sparsity", "0.5", "-o", "x.svg", "--rules", "delete", "average"],
                "norm_preserving"
            ),
            (["--between", "a", "b", "-o", "x.svg"], "leave out the model"),
        ])
    func refusals(arguments: [String], words: String) throws {
        try TemporaryFolder.with { folder in
            let run = try CommandRun.run(
                ["landscape", Bundled.model.path, "--data", Bundled.digits.path] + arguments, in: folder)
            #expect(run.status != 0 && !run.wasSignalled && run.output.isEmpty)
            #expect(run.errors.contains(words), "\(run.errors)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }
}
