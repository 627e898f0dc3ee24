import ArgumentParser
import Foundation

/// librsvg's `rsvg-convert`, which turns SVG into PNG, where it is installed.
struct PictureConverter {
    private static let name = "rsvg-convert"
    /// Pixels for one unit of the picture: sharp on dense screens and in print.
    private static let zoom = 2

    private let executable: URL

    /// Looks for the program on the path.
    ///
    /// - Throws: `ValidationError` saying how to install it.
    init() throws {
        let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        let places = folders.split(separator: ":").map {
            URL(fileURLWithPath: String($0)).appendingPathComponent(Self.name)
        }
        guard let found = places.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) })
        else {
            throw ValidationError(
                "PNG needs \(Self.name) (Debian and Ubuntu: apt-get install librsvg2-bin): install it, or give a name that ends in .svg"
            )
        }
        executable = found
    }

    /// Returns a picture as PNG on white.
    ///
    /// - Throws: `ValidationError` with what the program says where it fails.
    func png(_ svg: String) throws -> Data {
        try ScratchFolder.with { folder in
            let (source, target) = (
                folder.appendingPathComponent("picture.svg"), folder.appendingPathComponent("picture.png")
            )
            try Data(svg.utf8).write(to: source)
            let process = Process()
            process.executableURL = executable
            process.arguments = [
                "--zoom", "\(Self.zoom)", "--background-color", "white", "--output", target.path, source.path,
            ]
            let errors = Pipe()
            (process.standardOutput, process.standardError) = (FileHandle.nullDevice, errors)
            try process.run()
            let said = try errors.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                throw ValidationError(
                    "\(Self.name) failed: \(String(decoding: said, as: UTF8.self).prefix(500))")
            }
            return try Data(contentsOf: target)
        }
    }
}
