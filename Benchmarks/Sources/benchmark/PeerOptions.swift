import ArgumentParser
import Foundation
import IntraFusion

/// Whom we are compared with, and how often.
struct PeerOptions: ParsableArguments {
    @Option(help: "A Python with POT and torch; without it only our own times are printed.")
    var python: String?

    @Option(help: "How many rounds alternate between us and the peer.")
    var rounds = 3

    /// Gives a body a folder for what the peer reads, and the peer.
    func withPeer(_ body: (URL, Peer?) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("benchmark-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder, python.map { Peer(python: $0, folder: folder, threads: Runtime.threadCount) })
    }
}
