import ArgumentParser
import IntraFusion

/// Writes results as an HTML report.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write what prune, sweep, study or landscape found as one HTML file.",
        discussion: """
            The file needs nothing but a browser: charts are in it, tables are sorted by a click on a heading, and it \
            follows the reader's light or dark colours. prune --report writes it at once.
            """)

    @Argument(
        help: ArgumentHelp(
            "What prune, apply or sweep printed with --json, or what study or landscape keep.",
            valueName: "results.json"), completion: .file(extensions: ["json"]))
    var results: String

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Where the report is written.", valueName: "report.html"))
    var output: PageFile

    @OptionGroup var messages: MessageOptions

    func run() throws {
        try output.requireWritable()
        messages.note("reading \(results)")
        try output.write(ResultFile(results).page())
        try messages.write(report: "written to \(output.path)", wroteFile: true)
    }
}
