import Foundation
import IntraFusion

/// A file that a result came of, or that holds it.
struct FileRecord: Codable {
    /// What a file is in a run.
    enum Role: String, Codable {
        case input
        case output
        case plan
    }

    let role: Role
    let path: String
    let bytes: Int
    let sha256: String

    /// Reads a file.
    ///
    /// - Throws: `CheckpointError` where it cannot be read.
    init(_ role: Role, _ path: String) throws {
        let data = try CheckpointFile.bytes(of: URL(fileURLWithPath: path))
        (self.role, self.path, bytes, sha256) = (role, path, data.count, SHA256.digest(of: data))
    }

    /// The files of a network, those beside it with its tensors included.
    static func list(_ role: Role, _ network: NetworkFile) throws -> [FileRecord] {
        try ([network.path] + (network.model?.dataFiles ?? [])).map { try FileRecord(role, $0) }
    }
}
