import Foundation

/// The standard output stream, whose failures are not lost.
enum StandardOutput {
    /// Whether text may be coloured: on a terminal, unless `NO_COLOR` is set.
    static let isStyled = TextStyle.isAllowed && TextStyle.isTerminal(STDOUT_FILENO)

    /// Writes text and a line break.
    ///
    /// - Throws: Where the text could not be written.
    static func write(_ text: String) throws {
        try FileHandle.standardOutput.write(contentsOf: Data("\(text)\n".utf8))
    }

    /// Writes a report for people, in which warnings stand out on a terminal.
    static func write(report: String) throws {
        guard isStyled else { return try write(report) }
        try write(
            report.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                TextStyle.isWarning(line) ? TextStyle.warning.applied(to: String(line)) : String(line)
            }.joined(separator: "\n"))
    }
}
