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

    func run() throws {
        let report = try InspectReport(model.load())
        try StandardOutput.write(json ? JSONText.encode(report) : report.text)
    }
}
