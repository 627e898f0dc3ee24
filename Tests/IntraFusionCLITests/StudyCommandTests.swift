import Foundation
import TestSupport
import Testing

@Suite("study on the command line")
struct StudyCommandTests {
    /// Writes a study of the bundled network.
    private func write(
        _ file: URL, methods: String, sparsities: String = "[0.25, 0.5]", scopes: String = "[\"whole\"]",
        samples: Int = 60, network: String = Bundled.model.path
    ) throws {
        let text = """
            {"format": "intrafusion-study", "format_version": 1, "name": "small", "samples": \(samples),
             "networks": [{"name": "digits net", "file": "\(network)", "model": "vgg11_bn",
                           "data": "\(Bundled.digits.path)"}],
             "sparsities": \(sparsities), "methods": \(methods), "scopes": \(scopes)}
            """
        try Data(text.utf8).write(to: file)
    }

    @Test("a study is made, written, put into a document and gone on with")
    func wholeWay() throws {
        try TemporaryFolder.with { folder in
            let paths = ["study.json", "result.json", "tables.md"].map { folder.appendingPathComponent($0) }
            let (study, output, document) = (paths[0], paths[1], paths[2])
            let begin = "<!-- study small: begin -->"
            try write(
                study, methods: "[{\"name\": \"del\", \"rule\": \"delete\"}]",
                scopes: "[\"whole\", \"per_group\"]")
            try Data("Before\n\(begin)\nold\n<!-- study small: end -->\nAfter\n".utf8).write(to: document)
            let arguments = [
                "study", study.path, "-o", output.path, "--markdown", document.path, "--threads", "1",
            ]
            let first = try CommandRun.run(arguments)
            #expect(first.status == 0 && first.errors.isEmpty, "\(first.errors)")
            #expect(
                first.output.contains("### digits net, every group pruned")
                    && first.output.contains("| del |"))
            let text = try String(contentsOf: document, encoding: .utf8)
            #expect(
                text.hasPrefix("Before\n\(begin)\n") && text.hasSuffix("-->\nAfter\n")
                    && !text.contains("old"))
            #expect(text.contains(first.output.trimmingCharacters(in: .newlines)))

            let again = try CommandRun.run(arguments)
            #expect(again.status != 0 && again.errors.contains("--resume"))
            try write(
                study,
                methods:
                    "[{\"name\": \"del\", \"rule\": \"delete\"}, {\"name\": \"fit\", \"calibrate\": \"images\", \"images\": 16}]",
                scopes: "[\"whole\", \"per_group\"]")
            let before = try cells(output)
            let more = try CommandRun.run(arguments + ["--resume", "--json"])
            #expect(more.status == 0, "\(more.errors)")
            let after = try cells(output)
            #expect(before.count == 18 && after.count == 36)
            // Seconds differ from run to run: equal ones were taken over.
            #expect(
                NSArray(array: before).isEqual(
                    to: after.filter { ($0["place"] as? [String: Any])?["method"] as? String == "del" }))
            #expect(try more.json()["format"] as? String == "intrafusion-study-result")
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(left == ["result.json", "study.json", "tables.md"])
        }
    }

    private func cells(_ file: URL) throws -> [[String: Any]] {
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
        let networks = try #require(object?["networks"] as? [[String: Any]])
        return try networks.flatMap { try #require($0["cells"] as? [[String: Any]]) }
    }

    @Test("Ctrl-C leaves what is finished, and --resume finishes it")
    func interruption() throws {
        try TemporaryFolder.with { folder in
            let (study, output) = (
                folder.appendingPathComponent("s.json"), folder.appendingPathComponent("r.json")
            )
            try write(
                study,
                methods:
                    "[{\"name\": \"del\", \"rule\": \"delete\"}, {\"name\": \"ref\", \"rule\": \"reference\"}]",
                sparsities: "[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]", samples: 500)
            let arguments = ["study", study.path, "-o", output.path, "--threads", "1", "--resume"]
            let run = try CommandRun.run(arguments) { process in
                while process.isRunning, !FileManager.default.fileExists(atPath: output.path) {
                    usleep(5_000)
                }
                process.interrupt()
            }
            #expect(run.status == 130 && !run.wasSignalled, "\(run.errors)")
            let before = try cells(output)
            #expect(before.count < 16)
            let finished = try CommandRun.run(arguments)
            #expect(finished.status == 0, "\(finished.errors)")
            let after = try cells(output)
            #expect(
                after.count == 16 && NSArray(array: before).isEqual(to: Array(after.prefix(before.count))))
        }
    }

    @Test("what is wrong is named, and nothing is written")
    func hostile() throws {
        try TemporaryFolder.with { folder in
            let study = folder.appendingPathComponent("s.json")
            func expect(_ arguments: [String] = [], _ words: String...) throws {
                let run = try CommandRun.run(
                    ["study", study.path, "-o", folder.appendingPathComponent("r.json").path] + arguments)
                #expect(run.status != 0 && !run.wasSignalled && run.output.isEmpty, "\(run.errors)")
                for word in words { #expect(run.errors.contains(word), "\(word) in \(run.errors)") }
            }
            try expect([], "no such file")
            for (methods, words) in [
                ("[{\"name\": \"m\", \"rule\": \"average\"}]", ["average", "norm_preserving"]),
                ("[{\"name\": \"m\", \"importance\": \"l7\"}]", ["l7"]),
                ("[{\"name\": \"m\", \"unheard_of\": 1}]", ["m", "unheard_of"]),
                ("[{\"name\": \"m\", \"round_to\": \"x\"}]", ["m", "round_to"]),
                ("[{\"name\": \"m\", \"calibrate\": \"/nowhere\"}]", ["/nowhere"]),
            ] {
                try write(study, methods: methods)
                try expect([], words[0], words[words.count - 1])
            }
            try write(study, methods: "[{\"name\": \"m\"}]", network: "/nowhere/x")
            try expect([], "/nowhere/x")
            try write(study, methods: "[{\"name\": \"m\"}]")
            try expect(["--networks", "other"], "other", "digits net")
            try expect(["--samples", "0"], "samples")
            try expect(["--markdown", study.path], "study small: begin")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["s.json"])
            try Data("{}".utf8).write(to: folder.appendingPathComponent("r.json"))
            try expect(["--resume"], "r.json", "format")
        }
    }
}
