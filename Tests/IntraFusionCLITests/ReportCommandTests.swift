import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Reports on the command line")
struct ReportCommandTests {
    private static let prune = [
        "prune", Bundled.model.path, "--threads", "1", "--sparsity", "0.7", "--effort", "quick",
        "--calibrate",
        Bundled.digits.path, "--json",
    ]

    @Test("prune --report shows the verdict, layers, what is frozen, changed pictures and how to repeat it")
    func pruning() throws {
        try TemporaryFolder.with { folder in
            let report = folder.appendingPathComponent("report.html")
            let small = folder.appendingPathComponent("small & 'new'.safetensors")
            let run = try CommandRun.run(Self.prune + ["-o", small.path, "--report", report.path])
            #expect(run.status == 0, "\(run.errors)")
            let html = try String(contentsOf: report, encoding: .utf8)
            let json = try run.json()
            let changes = try #require(json["changes"] as? [[String: Any]])
            #expect(
                !changes.isEmpty
                    && html.components(separatedBy: "data:image/png;base64,").count > changes.count)
            for word in [
                "class=\"verdict ", "features.25.weight",
                "they reach &quot;output&quot;, an output of the network",
                "--sparsity 0.7", SHA256.digest(of: try Data(contentsOf: Bundled.model)),
                SHA256.digest(of: try Data(contentsOf: small)), "small &amp; &#39;new&#39;.safetensors",
                "prefers-color-scheme", "<svg",
            ] { #expect(html.contains(word), "\(word)") }
            #expect(!html.contains("src=\"http") && !html.contains("href="))
            // The same from the JSON, pictures included.
            let results = folder.appendingPathComponent("results.json")
            try Data(run.output.utf8).write(to: results)
            let again = folder.appendingPathComponent("again.html")
            let made = try CommandRun.run(["report", results.path, "-o", again.path])
            #expect(made.status == 0 && made.output.contains(again.path), "\(made.errors)")
            #expect(try String(contentsOf: again, encoding: .utf8) == html)
        }
    }

    private static let chromium = [
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
    ]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Opens a page in a browser and returns what became of it, and what the browser says about it.
    private func opened(_ html: String) throws -> (page: String, messages: String) {
        try TemporaryFolder.with { folder in
            let page = folder.appendingPathComponent("page.html")
            try Data(html.utf8).write(to: page)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try #require(Self.chromium))
            process.arguments = [
                "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(folder.path)/profile",
                "--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom", page.absoluteString,
            ]
            let files = ["output", "errors"].map { folder.appendingPathComponent($0) }
            for file in files { try Data().write(to: file) }
            process.standardOutput = try FileHandle(forWritingTo: files[0])
            process.standardError = try FileHandle(forWritingTo: files[1])
            try process.run()
            process.waitUntilExit()
            let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
            return (texts[0], texts[1])
        }
    }

    @Test(
        "in a browser a report has no script errors, and a click on a heading sorts its table",
        .enabled(if: chromium != nil, "needs Chromium"))
    func browser() throws {
        try TemporaryFolder.with { folder in
            let report = folder.appendingPathComponent("report.html")
            let run = try CommandRun.run(Self.prune + ["--report", report.path])
            #expect(run.status == 0, "\(run.errors)")
            let html = try String(contentsOf: report, encoding: .utf8)
            let script = """
                <script>
                const table = document.querySelector("table");
                const kept = () => [...table.tBodies[0].rows].map((row) => Number(row.cells[2].textContent));
                const ordered = (list, sign) => list.every((value, i) => !i || sign * (value - list[i - 1]) >= 0);
                const click = () => table.tHead.rows[0].cells[2].firstElementChild.click();
                click(); const up = ordered(kept(), 1) && kept().length > 3;
                click(); const down = ordered(kept(), -1);
                const pictures = [...document.images].filter((image) => image.naturalWidth > 0).length;
                document.body.dataset.found = `${up} ${down} ${pictures}`;
                </script></body>
                """
            let found = try opened(html.replacing("</body>", with: script))
            #expect(found.page.contains("data-found=\"true true 8\""), "\(found.page.suffix(200))")
            #expect(!found.messages.contains("CONSOLE"), "\(found.messages)")
            // The check sees errors.
            let broken = try opened(html.replacing("</body>", with: "<script>nothing.here()</script></body>"))
            #expect(broken.messages.contains("CONSOLE"))
        }
    }

    @Test("sweep, study and landscape become reports too")
    func others() throws {
        try TemporaryFolder.with { folder in
            func report(_ name: String, _ run: CommandRun) throws -> String {
                #expect(run.status == 0, "\(run.errors)")
                let (json, html) = (
                    folder.appendingPathComponent("\(name).json"),
                    folder.appendingPathComponent("\(name).html")
                )
                try Data(run.output.utf8).write(to: json)
                let made = try CommandRun.run(["report", json.path, "-o", html.path])
                #expect(made.status == 0, "\(made.errors)")
                return try String(contentsOf: html, encoding: .utf8)
            }
            let sweep = try report("sweep", CommandRun.run(Bundled.sweep("--json")))
            #expect(
                sweep.contains("norm_preserving") && sweep.contains("<svg") && sweep.contains("--sparsities"))
            let configuration = folder.appendingPathComponent("configuration.json")
            try Data(
                """
                {"format": "intrafusion-study", "format_version": 1, "name": "small", "samples": 40,
                 "networks": [{"name": "digits", "file": "\(Bundled.model.path)", "model": "vgg11_bn",
                               "data": "\(Bundled.digits.path)"}],
                 "sparsities": [0.5], "methods": [{"name": "deleted", "rule": "delete"}], "scopes": ["whole"]}
                """.utf8
            ).write(to: configuration)
            let study = try report("study", CommandRun.run(["study", configuration.path, "--json"]))
            #expect(study.contains("deleted") && study.contains("Study small") && study.contains("<svg"))
            let landscape = try report(
                "landscape",
                CommandRun.run([
                    "landscape", Bundled.model.path, "--data", Bundled.digits.path, "--group", "6",
                    "--sparsity",
                    "0.5", "--grid", "3", "--samples", "40", "--json",
                ]))
            #expect(landscape.contains("Loss landscape") && landscape.contains("<svg"))
        }
    }

    @Test("what is no result is named, and nothing is written")
    func refused() throws {
        try TemporaryFolder.with { folder in
            let html = folder.appendingPathComponent("report.html")
            let file = folder.appendingPathComponent("results.json")
            let texts = [
                "", "[]", "{}", "{\"groups\": []}", "{\"rows\": [{}]}", "{\"format\": \"else\"}", "nonsense",
                "{\"format\": \"intrafusion-study-result\"}", "{\"groups\": [{\"index\": 1e400}]}",
                String(repeating: "[", count: 100_000),
            ]
            for text in texts {
                try Data(text.utf8).write(to: file)
                let run = try CommandRun.run(["report", file.path, "-o", html.path])
                #expect(
                    run.status != 0 && !run.wasSignalled && run.errors.contains("results.json"),
                    "\(text.prefix(40))")
            }
            let missing = try CommandRun.run(["report", "/nowhere.json", "-o", html.path])
            #expect(missing.status != 0 && missing.errors.contains("/nowhere.json: no such file"))
            let text = try CommandRun.run([
                "report", file.path, "-o", folder.appendingPathComponent("a.txt").path,
            ])
            #expect(text.status != 0 && text.errors.contains("ends in .html"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["results.json"])
        }
    }

    @Test("numbers of any size in a file end in an error or in a whole report")
    func hostileNumbers() throws {
        try TemporaryFolder.with { folder in
            let run = try CommandRun.run(Bundled.sweep("--json"))
            let (file, html) = (
                folder.appendingPathComponent("a.json"), folder.appendingPathComponent("a.html")
            )
            let number = try Regex("(: |\\s)(\\d+(\\.\\d+)?(e-?\\d+)?)(?=,|\\s)")
            for extreme in [
                "1e308", "-1e308", "9223372036854775807", "-9223372036854775808", "0", "-1", "5e-324",
            ] {
                for place in 0..<2 {
                    var count = 0
                    let text = run.output.replacing(number) { match in
                        count += 1
                        return place == count % 2 ? " \(extreme)" : String(run.output[match.range])
                    }
                    try Data(text.utf8).write(to: file)
                    let made = try CommandRun.run(["report", file.path, "-o", html.path])
                    #expect(!made.wasSignalled, "\(extreme) \(place): \(made.errors)")
                }
            }
        }
    }
}
