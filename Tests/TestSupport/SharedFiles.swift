public import Foundation

/// The folder of reference models, data and results that the larger checks read.
///
/// It lies beside the package (`../shared`) or where `INTRAFUSION_SHARED` says. Tests that need it are
/// enabled only where it is present, so that a plain clone runs the whole rest of the suite.
public enum SharedFiles {
    /// The folder, whether it exists or not.
    public static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["INTRAFUSION_SHARED"] {
            return URL(fileURLWithPath: path, isDirectory: true)
        }
        return packageFolder.deletingLastPathComponent().appendingPathComponent("shared", isDirectory: true)
    }()

    /// The root of this package's checkout.
    public static let packageFolder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Returns the file at a path inside the folder.
    public static func file(_ path: String) -> URL {
        folder.appendingPathComponent(path)
    }

    /// Returns whether the file at a path inside the folder is there.
    public static func has(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: file(path).path)
    }

    /// What a skipped test says.
    public static let missing = "needs the reference files in ../shared (or INTRAFUSION_SHARED)"
}
