import ArgumentParser
import Foundation
import IntraFusion

/// Lists the built-in architectures.
struct ArchitecturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "architectures",
        abstract: "List the built-in architectures, whose checkpoints every command reads without ONNX.")

    @Flag(help: "Print a JSON array.")
    var json = false

    @OptionGroup var messages: MessageOptions

    /// One architecture.
    private struct Entry: Encodable {
        let name: String
        let summary: String
    }

    func run() throws {
        let entries = ModelRegistry.architectures.map { Entry(name: $0.name, summary: $0.summary) }
        guard !json else { return try StandardOutput.write(JSONText.encode(entries)) }
        var table = TextTable(header: ["name", "architecture"])
        for entry in entries { table.add([entry.name, entry.summary]) }
        try messages.write(report: table.text(leading: [0, 1]), wroteFile: false)
    }
}
