import ArgumentParser
import IntraFusion

/// Lists a network's coupled groups.
struct GroupsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "groups",
        abstract: "List the coupled groups of a network: channels that can only be removed together.")

    @OptionGroup var model: ModelOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var messages: MessageOptions

    func run() throws {
        let loaded = try model.load(messages)
        let report = try GroupsReport(
            AnalysedNetwork(loaded.graph, folding: .exact).readingHeads(), from: loaded)
        try json
            ? StandardOutput.write(JSONText.encode(report))
            : messages.write(report: report.text, wroteFile: false)
    }
}
