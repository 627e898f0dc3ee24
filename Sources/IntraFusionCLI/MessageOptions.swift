import ArgumentParser
import Foundation

/// How much a command says.
struct MessageOptions: ParsableArguments {
    @Flag(
        help:
            "Show no progress, and print no report where a file is written; errors, warnings, JSON and CSV still appear."
    )
    var quiet = false

    @Flag(help: "Say on stderr what is done, and when.")
    var verbose = false

    func validate() throws {
        guard !quiet || !verbose else { throw ValidationError("--quiet and --verbose exclude each other") }
    }

    /// Where the times of notes begin.
    private static let beginning = ContinuousClock.now

    /// Says something with `--verbose`.
    func note(_ text: String) {
        let seconds = max((ContinuousClock.now - Self.beginning) / .seconds(1), 0)
        guard verbose else { return }
        StandardError.write(String(format: "[%6.1f s] ", seconds) + "\(text)\n")
    }

    /// Prints what a command found.
    ///
    /// - Parameters:
    ///   - report: The report for people; with `--quiet` only its warnings are printed, on stderr.
    ///   - wroteFile: Whether the result is in a file too.
    func write(report: String, wroteFile: Bool) throws {
        guard quiet, wroteFile else { return try StandardOutput.write(report: report) }
        for line in report.split(separator: "\n") where TextStyle.isWarning(line) {
            StandardError.write("\(line)\n")
        }
    }
}
