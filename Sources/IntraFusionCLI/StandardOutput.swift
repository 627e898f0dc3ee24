import Foundation

/// The standard output stream, whose failures are not lost.
enum StandardOutput {
    /// Writes text and a line break.
    ///
    /// - Throws: Where the text could not be written.
    static func write(_ text: String) throws {
        try FileHandle.standardOutput.write(contentsOf: Data("\(text)\n".utf8))
    }
}
