import Foundation
import TestSupport
import Testing

@Suite("Installing the command")
struct InstallationTests {
    private static let isInPlace =
        CommandRun.executable.path
        == SharedFiles.packageFolder.appendingPathComponent(".build/release/intrafusion")
        .resolvingSymlinksInPath()
        .path

    /// Runs a program to its end and returns its status and what it printed.
    private func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = SharedFiles.packageFolder
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    @Test(
        "make install puts command, manual pages and completions in place, and make uninstall removes them",
        .enabled(if: isInPlace, "needs the command in .build/release"))
    func installation() throws {
        try TemporaryFolder.with { folder in
            let prefix = folder.appendingPathComponent("a prefix").path
            let made = try run("/usr/bin/make", ["--silent", "install", "PREFIX=\(prefix)"])
            #expect(made.status == 0, "\(made.output)")
            let command = "\(prefix)/bin/intrafusion"
            #expect(try run(command, ["--version"]).status == 0)
            let names = try CommandRun.subcommands()
            for name in [""] + names.map({ "-\($0)" }) {
                let page = try String(
                    contentsOfFile: "\(prefix)/share/man/man1/intrafusion\(name).1", encoding: .utf8)
                #expect(page.hasPrefix(".TH \"INTRAFUSION"), "\(name)")
                #expect(page.contains("EXIT STATUS") && page.contains(".B 130"))
            }
            let completions = [
                "bash-completion/completions/intrafusion", "zsh/site-functions/_intrafusion",
                "fish/vendor_completions.d/intrafusion.fish",
            ]
            for file in completions {
                let text = try String(contentsOfFile: "\(prefix)/share/\(file)", encoding: .utf8)
                for name in names { #expect(text.contains(name), "\(file): \(name)") }
            }
            #expect(try run("/bin/bash", ["-n", "\(prefix)/share/\(completions[0])"]).status == 0)
            let removed = try run("/usr/bin/make", ["--silent", "uninstall", "PREFIX=\(prefix)"])
            #expect(removed.status == 0, "\(removed.output)")
            let rest = try #require(FileManager.default.enumerator(atPath: prefix)).compactMap {
                $0 as? String
            }
            .filter { !$0.hasPrefix("bin/intrafusion") }
            for path in rest {
                var isFolder: ObjCBool = false
                #expect(FileManager.default.fileExists(atPath: "\(prefix)/\(path)", isDirectory: &isFolder))
                #expect(isFolder.boolValue, "\(path) is left")
            }
            #expect(!FileManager.default.fileExists(atPath: command))
            let again = try run("/usr/bin/make", ["--silent", "uninstall", "PREFIX=\(prefix)"])
            #expect(again.status != 0 && again.output.contains("nothing is installed under"))
            let relative = try run("/usr/bin/make", ["--silent", "install", "PREFIX=here"])
            #expect(relative.status != 0 && relative.output.contains("absolute"))
        }
    }
}
