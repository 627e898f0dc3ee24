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

    func run() throws {
        let loaded = try model.load()
        let report = try GroupsReport(
            AnalysedNetwork(loaded.graph, folding: .exact), from: loaded)
        try StandardOutput.write(json ? JSONText.encode(report) : report.text)
    }
}
