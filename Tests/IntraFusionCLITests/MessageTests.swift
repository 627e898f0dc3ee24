import Foundation
import IntraFusion
import TestSupport
import Testing

@Suite("What commands say, and their exit codes")
struct MessageTests {
    private static let prune = [
        "prune", Bundled.perceptron.path, "--threads", "1", "--sparsity", "0.5", "--effort", "minimal",
    ]
    /// What ends the style of coloured text.
    private static let styleEnd = "\u{1B}[0m"

    /// Starts the command on a terminal of its own; what it prints and its progress come as one text.
    private func terminal(_ arguments: [String], environment: [String: String] = [:]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
        let words = [CommandRun.executable.path] + arguments
        let command = words.map { "'\($0)'" }.joined(separator: " ")
        process.arguments = ["-qec", "echo process $$; exec \(command)", "/dev/null"]
        process.environment = ProcessInfo.processInfo.environment
            .merging(["TERM": "xterm", "NO_COLOR": ""]) { $1 }.merging(environment) { $1 }
        process.currentDirectoryURL = SharedFiles.packageFolder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = Pipe()
        try process.run()
        return process
    }

    /// Runs the command on a terminal of its own to its end.
    private func runOnTerminal(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> String {
        let process = try terminal(arguments, environment: environment)
        let pipe = try #require(process.standardOutput as? Pipe)
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(String(decoding: output, as: UTF8.self))")
        return String(decoding: output, as: UTF8.self)
    }

    private static let hasTerminals = FileManager.default.isExecutableFile(atPath: "/usr/bin/script")

    /// What a bar shows while a step goes on.
    private static var remaining: Regex<Substring> { /[█·] +\d+ %  \d+:\d\d left/ }

    @Test(
        "on a terminal, a step shows the share that is done and the remaining time",
        .enabled(if: hasTerminals, "needs the command script of util-linux"),
        .timeLimit(.minutes(5)))
    func remainingTime() throws {
        // Long enough to show a bar on any machine; the test ends it.
        let process = try terminal([
            "compare", Bundled.perceptron.path, Bundled.perceptron.path, "--runs", "300000", "--runtime",
            "libtorch",
        ])
        defer { process.waitUntilExit() }
        let pipe = try #require(process.standardOutput as? Pipe)
        var text = ""
        while text.firstMatch(of: Self.remaining) == nil {
            let more = pipe.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            text += String(decoding: more, as: UTF8.self)
        }
        // The program that gives it a terminal does not pass signals on.
        let identifier = try #require(text.firstMatch(of: /process (\d+)/)?.1)
        kill(try #require(pid_t(identifier)), SIGKILL)
        #expect(text.firstMatch(of: Self.remaining) != nil, "\(text.suffix(2000))")
    }

    @Test(
        "on a terminal, the bar is gone when the report comes; --quiet and a dumb terminal have none",
        .enabled(if: hasTerminals, "needs the command script of util-linux"),
        arguments: [
            [
                "prune", Bundled.model.path, "--sparsity", "0.5", "--effort", "quick", "--calibrate",
                "synthetic",
            ],
            ["evaluate", Bundled.model.path, "--data", Bundled.digits.path, "--batch-size", "10"],
            ["compare", Bundled.model.path, Bundled.model.path, "--runs", "30", "--runtime", "libtorch"],
        ])
    func progress(_ arguments: [String]) throws {
        let text = try runOnTerminal(arguments)
        #expect(text.firstMatch(of: /[█·] +\d+ %/) != nil, "\(text)")
        let last = try #require(text.range(of: "\r\u{1B}[K", options: .backwards))
        #expect(!text[last.upperBound...].contains { "█·".contains($0) })
        #expect(try !runOnTerminal(arguments + ["--quiet"]).contains { "█·".contains($0) })
        #expect(try !runOnTerminal(arguments, environment: ["TERM": "dumb"]).contains("\u{1B}"))
    }

    @Test(
        "warnings are coloured on terminals only, and not with NO_COLOR",
        .enabled(if: hasTerminals, "needs the command script of util-linux"))
    func colours() throws {
        let poor = Self.prune + ["--sparsity-of", "0=0.9"]
        let colored = try runOnTerminal(poor)
        #expect(colored.contains("\u{1B}[33mWARNING") && colored.contains(Self.styleEnd))
        #expect(try !runOnTerminal(poor, environment: ["NO_COLOR": "1"]).contains("\u{1B}[33m"))
        let piped = try CommandRun.run(poor)
        #expect(piped.output.contains("WARNING") && !piped.output.contains("\u{1B}") && piped.errors.isEmpty)
    }

    @Test("--quiet prints no report beside a file, but its warnings, and always what is for other programs")
    func quiet() throws {
        try TemporaryFolder.with { folder in
            let file = folder.appendingPathComponent("small.safetensors").path
            let poor = Self.prune + ["--sparsity-of", "0=0.9", "--quiet"]
            let written = try CommandRun.run(poor + ["-o", file])
            #expect(written.status == 0 && written.output.isEmpty && written.errors.hasPrefix("WARNING"))
            #expect(FileManager.default.fileExists(atPath: file))
            #expect(try CommandRun.run(poor + ["-o", file, "--json"]).json()["verdict"] is String)
            // What is not in a file is printed.
            #expect(try CommandRun.run(poor).output.contains("nothing was written"))
            #expect(try CommandRun.run(["inspect", file, "--quiet"]).output.contains("parameters"))
            let failed = try CommandRun.run(["inspect", "/nowhere.onnx", "--quiet"])
            #expect(failed.status == 1 && failed.errors.contains("/nowhere.onnx"))
        }
    }

    @Test("--verbose says on stderr what is done and when")
    func verbose() throws {
        let run = try CommandRun.run(Self.prune + ["--verbose", "--json"])
        #expect(run.status == 0)
        _ = try run.json()
        let lines = run.errors.split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("[") && $0.contains(" s] ") }, "\(run.errors)")
        for word in ["libtorch", "reading \(Bundled.perceptron.path)", "merging", "done"] {
            #expect(lines.contains { $0.contains(word) }, "\(word)")
        }
        let both = try CommandRun.run(Self.prune + ["--verbose", "--quiet"])
        #expect(both.status == 64 && both.errors.contains("exclude each other"))
    }

    @Test("every command takes --quiet and --verbose")
    func everywhere() throws {
        for command in try CommandRun.subcommands() {
            let help = try CommandRun.run([command, "--help"]).output
            #expect(help.contains("--quiet") && help.contains("--verbose"), "\(command)")
        }
    }

    @Test("exit codes are those of docs/command.md")
    func exitCodes() throws {
        let document = try String(
            contentsOf: SharedFiles.packageFolder.appendingPathComponent("docs/command.md"), encoding: .utf8)
        let statuses: [(Int32, [String])] = [
            (0, Self.prune), (1, ["inspect", "/nowhere.onnx"]),
            (2, Self.prune + ["--minimum-agreement", "1"]), (64, ["inspect", "--nonsense"]),
        ]
        for (status, arguments) in statuses {
            #expect(document.contains("\n| \(status) | "), "\(status)")
            let run = try CommandRun.run(arguments)
            #expect(run.status == status, "\(arguments): \(run.errors)")
            #expect(run.errors.isEmpty == (status == 0))
        }
        #expect(document.contains("\n| 130 | "))
    }

    @Test("a limit of time chooses the effort and says which; nonsense is refused")
    func time() throws {
        let words = ["prune", Bundled.perceptron.path, "--sparsity", "0.5", "--dry-run"]
        let run = try CommandRun.run(words + ["--time", "0.001s", "--json"])
        #expect(run.status == 0 && run.errors.contains("effort quick, expected to take"), "\(run.errors)")
        #expect(run.output.contains("\"effort\" : \"quick\"") || run.output.contains("\"effort\":\"quick\""))
        for wrong in ["5x", "0", "-1m", "nan", ""] {
            #expect(try CommandRun.run(words + ["--time", wrong]).status != 0, "\(wrong)")
        }
        #expect(try CommandRun.run(words + ["--time", "5m", "--effort", "quick"]).status != 0)
    }
}
