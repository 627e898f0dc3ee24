import ArgumentParser
import Foundation
import IntraFusion

/// A text file in which the part between two marks is written by the command, the rest by people.
struct MarkedDocument {
    private let output: OutputFile
    private let begin: String
    private let end: String
    private let before: String
    private let after: String

    /// The largest document.
    private static let greatestSize = 1 << 26

    /// Finds the marks in a file; a new file will consist of the marked part alone.
    ///
    /// - Parameters:
    ///   - output: The file.
    ///   - name: The name in the marks.
    /// - Throws: `ValidationError` where the file cannot be written, or exists without the marks: what people wrote must
    ///   not be lost.
    init(_ output: OutputFile, name: String) throws {
        try output.requireWritable()
        self.output = output
        begin = "<!-- study \(name): begin -->"
        end = "<!-- study \(name): end -->"
        guard FileManager.default.fileExists(atPath: output.path) else {
            (before, after) = ("", "\n")
            return
        }
        let text = String(
            decoding: try InputFile.contents(output.path, greatestSize: Self.greatestSize), as: UTF8.self)
        guard let first = text.range(of: begin),
            let last = text.range(of: end, range: first.upperBound..<text.endIndex)
        else {
            throw ValidationError(
                "\(output.path) exists, but has no lines \(begin) and \(end) to put the tables between")
        }
        (before, after) = (String(text[..<first.lowerBound]), String(text[last.upperBound...]))
    }

    /// Writes the file with another marked part, whole or not at all.
    func write(_ part: String) throws {
        let text = Data("\(before)\(begin)\n\n\(part)\n\n\(end)\(after)".utf8)
        try AtomicFile.replace(output.url) { append in try text.withUnsafeBytes { try append($0) } }
    }
}
