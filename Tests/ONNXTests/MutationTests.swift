import Foundation
import Graph
import ONNX
import Testing
import Torch

/// Damages models in many ways; nothing may end the process, and what is still read must be written again.
@Suite("Damaged ONNX files")
struct MutationTests {
    #if DEBUG
    private static let cases = 5_000
    #else
    private static let cases = 100_000
    #endif

    /// The smallest models that together have everything that is read.
    private static let seeds = [
        "custom_declared", "opaque", "shapes", "constants", "legacy", "folded_output", "types", "choices",
    ]

    @Test("random damage is refused or read, and what is read can be written and read again")
    func damage() throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed of the damaged ONNX files: \(seed)")
        var generator = SplitMixGenerator(seed: seed)
        let models = try Self.seeds.map { Array(try Fixture.bytes($0)) }
        var (read, refused) = (0, 0)
        for index in 0..<Self.cases {
            let bytes = Self.damaged(models, &generator)
            do {
                let model = try ONNXModel(Data(bytes))
                read += 1
                // Writing is exercised less often, as it takes as long again.
                guard index.isMultiple(of: 8) else { continue }
                let written = try model.data(of: model.graph)
                let again = try ONNXModel(written)
                #expect(again.graph.nodes.count == model.graph.nodes.count, "seed \(seed), case \(index)")
            } catch let error as ONNXError {
                refused += 1
                #expect(!error.message.isEmpty, "seed \(seed), case \(index)")
            } catch {
                Issue.record("seed \(seed), case \(index): \(type(of: error)) \(error)")
            }
        }
        #expect(read > Self.cases / 100 && refused > Self.cases / 10, "\(read) read, \(refused) refused")
    }

    /// Returns a model with bits flipped, bytes replaced, a piece cut out, doubled or moved, or the end cut off.
    private static func damaged(_ models: [[UInt8]], _ generator: inout SplitMixGenerator) -> [UInt8] {
        var bytes = models[Int.random(in: models.indices, using: &generator)]
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: bytes.indices, using: &generator)
            let end = min(bytes.count, place + Int.random(in: 1...16, using: &generator))
            switch Int.random(in: 0..<8, using: &generator) {
            case 0, 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes[place] = .random(in: .min ... .max, using: &generator)
            case 3: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
            case 4: bytes.removeSubrange(place..<end)
            case 5: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 6:
                let other = models[Int.random(in: models.indices, using: &generator)]
                let start = Int.random(in: other.indices, using: &generator)
                let piece = other[start..<min(other.count, start + end - place)]
                bytes.replaceSubrange(place..<min(bytes.count, place + piece.count), with: piece)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }
}
