import ArgumentParser
import Foundation
import IntraFusion

/// Stored plans.
enum PlanFile {
    /// No plan is larger; a hostile one must not fill the memory.
    private static let greatestSize = 1 << 30

    /// Writes a plan whole or not at all.
    static func write(_ plan: PruningPlan, to output: OutputFile) throws {
        let data = try plan.encoded()
        try AtomicFile.replace(output.url) { append in try data.withUnsafeBytes { try append($0) } }
    }

    /// Reads a plan.
    ///
    /// - Throws: `ValidationError` naming the file and what is wrong with it.
    static func read(_ path: String) throws -> PruningPlan {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ValidationError("\(path): there is no such file")
        }
        guard !isFolder.boolValue else { throw ValidationError("\(path): it is a folder") }
        do {
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            guard size <= greatestSize else {
                throw PruningError("it has \(size) bytes, more than any plan")
            }
            return try PruningPlan(decoding: Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw ValidationError("\(path): \(error)")
        }
    }
}
