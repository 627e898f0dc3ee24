import ArgumentParser
import IntraFusion

/// Shows what a network contains.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract:
            "Show what a network contains: inputs, outputs, operators, size, and which channels can be pruned."
    )

    @OptionGroup var model: ModelOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var messages: MessageOptions

    func run() throws {
        let report = try InspectReport(model.load(messages))
        try json
            ? StandardOutput.write(JSONText.encode(report))
            : messages.write(report: report.text, wroteFile: false)
    }
}
