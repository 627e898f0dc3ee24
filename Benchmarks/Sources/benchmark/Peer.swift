import Foundation

/// The same problems solved by POT and torch.cdist in a Python process.
struct Peer {
    /// What the peer measured for one problem.
    struct Result: Decodable {
        let solver: Double
        let entropic: Double
        let distances: Double
        let cost: Double
    }

    let python: String
    let folder: URL
    let threads: Int

    /// Runs the peer once.
    func run(_ names: [String]) throws -> [String: Result] {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../peers/peer.py").standardizedFileURL.path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, script, folder.path, "\(threads)"] + names
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw PeerError(status: process.terminationStatus) }
        return try JSONDecoder().decode([String: Result].self, from: output)
    }
}

/// A peer that did not run.
struct PeerError: Error, CustomStringConvertible {
    let status: Int32

    var description: String { "the peer ended with status \(status); it needs Python with POT and torch" }
}
