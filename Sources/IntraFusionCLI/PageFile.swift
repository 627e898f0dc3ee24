import ArgumentParser
import Foundation
import IntraFusion
import Reports

/// A report that a command will write, as HTML.
struct PageFile: ExpressibleByArgument {
    private let output: OutputFile

    static let defaultCompletionKind = CompletionKind.file(extensions: ["html"])

    init?(argument: String) {
        guard let output = OutputFile(argument: argument) else { return nil }
        self.output = output
    }

    var path: String { output.path }

    /// Checks that the report can be written, and that browsers will know it by its name.
    ///
    /// - Throws: `ValidationError` saying what is in the way.
    func requireWritable() throws {
        try output.requireWritable()
        guard ["html", "htm"].contains(output.url.pathExtension.lowercased()) else {
            throw ValidationError("\(path): reports are written as HTML: give a name that ends in .html")
        }
    }

    /// Writes the report, whole or not at all.
    func write(_ page: ReportPage) throws {
        let data = Data(try page.html().utf8)
        try AtomicFile.replace(output.url) { append in try data.withUnsafeBytes { try append($0) } }
    }
}
