import ArgumentParser
import Foundation
import IntraFusion

/// Stored plans.
enum PlanFile {
    /// No plan is larger; a hostile one must not fill the memory.
    private static let greatestSize = 1 << 30

    /// Writes a plan whole or not at all.
    ///
    /// - Parameter body: Writes what belongs to it, once it is sure that the plan can be written; where that fails, no plan is left.
    static func write(_ plan: PruningPlan, to output: OutputFile, with body: () throws -> Void) throws {
        let data = try plan.encoded()
        try AtomicFile.replace(output.url) { append in
            try data.withUnsafeBytes { try append($0) }
            try body()
        }
    }

    /// Reads a plan.
    ///
    /// - Throws: `ValidationError` naming the file and what is wrong with it.
    static func read(_ path: String) throws -> PruningPlan {
        let data = try InputFile.contents(path, greatestSize: greatestSize)
        do {
            return try PruningPlan(decoding: data)
        } catch {
            throw ValidationError("\(path): \(error)")
        }
    }
}
