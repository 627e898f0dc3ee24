import Foundation

/// How text looks on a terminal, by the codes of ECMA-48.
enum TextStyle: Int {
    case warning = 33

    /// Returns text in this style.
    func applied(to text: String) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }

    /// Whether colours are not refused: see no-color.org.
    static let isAllowed = ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty

    /// Returns whether a stream goes to a terminal that understands codes.
    static func isTerminal(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// Returns whether a line of a report is a warning.
    static func isWarning(_ line: some StringProtocol) -> Bool { line.hasPrefix("WARNING") }
}
