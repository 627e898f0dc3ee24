import Foundation

/// The standard error stream, for progress and messages.
enum StandardError {
    /// Whether a person sees it on a terminal that can move its cursor.
    static let isTerminal = TextStyle.isTerminal(STDERR_FILENO)

    /// Writes text as it is; what cannot be written is lost.
    static func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
