import Foundation
import TestSupport
import Testing

/// What a run of the built command did.
struct CommandRun {
    let status: Int32
    /// Whether a signal ended it: a trap, if nobody sent one.
    let wasSignalled: Bool
    let output: String
    let errors: String

    /// The command that was built with the tests.
    static let executable = URL(fileURLWithPath: CommandLine.arguments[0])
        .resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("intrafusion")

    /// Runs the command to its end.
    ///
    /// - Parameters:
    ///   - arguments: The arguments; those that end in a slash-free name are not touched.
    ///   - folder: The working folder; nil for the package's.
    ///   - environment: Variables besides those of the tests.
    ///   - during: Called while it runs.
    static func run(
        _ arguments: [String], in folder: URL? = nil, environment: [String: String] = [:],
        during: ((Process) throws -> Void)? = nil
    ) throws -> CommandRun {
        try #require(
            FileManager.default.isExecutableFile(atPath: executable.path), "\(executable.path) is not built")
        return try TemporaryFolder.with { scratch in
            let process = Process()
            process.executableURL = executable
            process.arguments = arguments
            if !environment.isEmpty {
                process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            }
            process.currentDirectoryURL = folder ?? SharedFiles.packageFolder
            process.standardInput = FileHandle.nullDevice
            // Files, as a full pipe would block the command.
            let files = ["output", "errors"].map { scratch.appendingPathComponent($0) }
            for file in files { try Data().write(to: file) }
            process.standardOutput = try FileHandle(forWritingTo: files[0])
            process.standardError = try FileHandle(forWritingTo: files[1])
            try process.run()
            try during?(process)
            process.waitUntilExit()
            let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
            return CommandRun(
                status: process.terminationStatus, wasSignalled: process.terminationReason == .uncaughtSignal,
                output: texts[0], errors: texts[1])
        }
    }

    /// The names of all subcommands, as the help lists them.
    static func subcommands() throws -> [String] {
        let help = try run(["--help"]).output
        let listing = try #require(help.range(of: "SUBCOMMANDS:"))
        return help[listing.upperBound...].split(whereSeparator: \.isNewline)
            .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }.filter { $0 != "See" }
    }

    /// The output as a JSON object.
    func json() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    }
}

/// What the package brings along.
enum Bundled {
    static let model = SharedFiles.packageFolder.appendingPathComponent("models/digits-vgg11_bn.safetensors")
    static let residual = SharedFiles.packageFolder.appendingPathComponent(
        "models/digits-resnet18.safetensors")
    static let perceptron = SharedFiles.packageFolder.appendingPathComponent("models/digits-mlp.safetensors")
    static let digits = SharedFiles.packageFolder.appendingPathComponent("data/digits")

    /// The arguments of a quick sweep over the bundled network.
    static func sweep(_ more: String...) -> [String] {
        [
            "sweep", "--checkpoint", model.path, "--data", digits.path, "--samples", "40", "--group-idxs",
            "0", "6",
            "--sparsities", "0.5", "0.75",
        ] + more
    }
}
