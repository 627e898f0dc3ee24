import ArgumentParser
import Foundation

/// Files that a command reads whole.
enum InputFile {
    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - greatestSize: A hostile file must not fill the memory.
    /// - Throws: `ValidationError` naming the file and what is wrong with it.
    static func contents(_ path: String, greatestSize: Int) throws -> Data {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ValidationError("\(path): no such file")
        }
        guard !isFolder.boolValue else { throw ValidationError("\(path): is a folder") }
        do {
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            guard size <= greatestSize else {
                throw ValidationError("the file has \(size) bytes, more than the limit of \(greatestSize)")
            }
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw ValidationError("\(path): \(error)")
        }
    }
}
