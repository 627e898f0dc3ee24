import Foundation

/// The same problems solved by POT and torch in a Python process.
struct Peer {
    /// What the peer measured for one problem, by what it did: seconds, and results under names of their own.
    typealias Result = [String: Double]

    let python: String
    let folder: URL
    let threads: Int

    /// Runs the peer once.
    ///
    /// - Parameters:
    ///   - mode: What is compared.
    ///   - names: The problems, as they were written into the folder.
    ///   - settings: What that comparison may be told.
    func run(_ mode: String, _ names: [String], settings: [String] = []) throws -> [String: Result] {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../peers/peer.py").standardizedFileURL.path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [python, script, mode, folder.path, "\(threads)", settings.joined(separator: ",")] + names
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw PeerError(status: process.terminationStatus) }
        return try JSONDecoder().decode([String: Result].self, from: output)
    }

    /// Writes a matrix for the peer: row count, column count (int64), then the entries.
    static func write(_ rows: Int, _ columns: Int, _ entries: [some Any], to file: URL) throws {
        var data = withUnsafeBytes(of: (Int64(rows), Int64(columns))) { Data($0) }
        entries.withUnsafeBytes { data.append(contentsOf: $0) }
        try data.write(to: file)
    }
}

/// A peer that did not run.
struct PeerError: Error, CustomStringConvertible {
    let status: Int32

    var description: String { "the peer ended with status \(status); it needs Python with POT and torch" }
}
