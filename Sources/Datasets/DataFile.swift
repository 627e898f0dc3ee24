import Foundation

/// Access to files of datasets.
enum DataFile {
    /// Returns whether there is a file (not a folder) at a place.
    static func exists(_ file: URL) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
            && !isFolder.boolValue
    }

    /// Returns the contents of a file, mapped into memory where possible.
    static func bytes(of file: URL) throws -> Data {
        guard exists(file) else {
            throw DatasetError.unreadable(file: file.path, reason: "no such file")
        }
        do {
            return try Data(contentsOf: file, options: .mappedIfSafe)
        } catch {
            throw DatasetError.unreadable(file: file.path, reason: error.localizedDescription)
        }
    }
}
