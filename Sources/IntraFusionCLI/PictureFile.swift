import ArgumentParser
import Foundation
import IntraFusion

/// A picture that a command will draw, as SVG.
struct PictureFile: ExpressibleByArgument {
    private let output: OutputFile

    static let defaultCompletionKind = CompletionKind.file()

    init?(argument: String) {
        guard let output = OutputFile(argument: argument) else { return nil }
        self.output = output
    }

    var path: String { output.path }

    /// Checks that the picture can be written, and that its name promises no other format.
    ///
    /// - Throws: `ValidationError` saying what is in the way, and how to convert a picture.
    func requireWritable() throws {
        try output.requireWritable()
        let ending = output.url.pathExtension.lowercased()
        guard ending == "svg" else {
            let name = output.url.deletingPathExtension().lastPathComponent
            let advice =
                ending.isEmpty || ending == "svgz"
                ? "" : "; then convert it: rsvg-convert \(name).svg -o \(name).\(ending)"
            throw ValidationError(
                "\(path): pictures are written as SVG: give a name that ends in .svg\(advice)")
        }
    }

    /// Writes the picture, whole or not at all.
    func write(_ svg: String) throws {
        let data = Data(svg.utf8)
        try AtomicFile.replace(output.url) { append in try data.withUnsafeBytes { try append($0) } }
    }
}
