import ArgumentParser
import Foundation
import IntraFusion

/// A picture that a command will draw, as SVG or PNG.
struct PictureFile: ExpressibleByArgument {
    private let output: OutputFile

    static let defaultCompletionKind = CompletionKind.file()

    init?(argument: String) {
        guard let output = OutputFile(argument: argument) else { return nil }
        self.output = output
    }

    var path: String { output.path }

    private var ending: String { output.url.pathExtension.lowercased() }

    /// Checks that the picture can be written in the format that its name asks for.
    ///
    /// - Throws: `ValidationError` saying what is in the way.
    func requireWritable() throws {
        try output.requireWritable()
        switch ending {
        case "svg": break
        case "png": _ = try PictureConverter()
        default:
            throw ValidationError(
                "\(path): pictures are written as SVG or PNG: give a name that ends in .svg or .png")
        }
    }

    /// Writes the picture, whole or not at all.
    func write(_ svg: String) throws {
        let data = ending == "png" ? try PictureConverter().png(svg) : Data(svg.utf8)
        try AtomicFile.replace(output.url) { append in try data.withUnsafeBytes { try append($0) } }
    }
}
