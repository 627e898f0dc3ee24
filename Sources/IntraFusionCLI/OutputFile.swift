import ArgumentParser
import Foundation

/// A file that a command will write, checked before the work begins.
struct OutputFile: ExpressibleByArgument {
    let path: String

    static let defaultCompletionKind = CompletionKind.file()

    init?(argument: String) {
        path = argument
    }

    var url: URL { URL(fileURLWithPath: path) }

    /// Checks that the file can be written.
    ///
    /// - Throws: `ValidationError` saying what is in the way.
    func requireWritable() throws {
        var isFolder: ObjCBool = false
        let files = FileManager.default
        guard !path.isEmpty else { throw ValidationError("the output path is empty") }
        if files.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
            throw ValidationError("cannot write \(path): is a folder")
        }
        let folder = url.deletingLastPathComponent().path
        guard files.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw ValidationError("cannot write the output: the folder \(folder) does not exist")
        }
        guard files.isWritableFile(atPath: folder) else {
            throw ValidationError("cannot write the output: the folder \(folder) is not writable")
        }
    }
}
