import Checkpoints
import Foundation
import Graph
import Models
import Testing
import Torch

/// What PyTorch says, as `Fixtures/make_fixtures.py` wrote it.
enum Fixtures {
    /// The numbers of an architecture at full width.
    struct Count: Decodable {
        let parameters: Int
        let buffers: Int
    }

    /// A narrow network with its logits.
    struct Network {
        var state: StateDictionary
        let images: Tensor
        let expected: Tensor
    }

    static func url(_ name: String, _ type: String) throws -> URL {
        try #require(Bundle.module.url(forResource: name, withExtension: type, subdirectory: "Fixtures"))
    }

    static func counts() throws -> [String: Count] {
        try JSONDecoder().decode([String: Count].self, from: Data(contentsOf: url("counts", "json")))
    }

    static func network(_ name: String) throws -> Network {
        let checkpoint = try CheckpointFile.load(url(name, "safetensors"))
        var state = checkpoint.state
        let expected = try state.tensor(named: "expected")
        state["expected"] = nil
        let size = try #require(checkpoint.metadata["image_size"].flatMap { Int($0.description) })
        return Network(state: state, images: try images(size), expected: expected)
    }

    /// The batch of two images that the generator defines.
    static func images(_ size: Int) throws -> Tensor {
        let count = 2 * 3 * size * size
        return try Tensor((0..<count).map { Float(sin(0.37 * Double($0))) }, shape: [2, 3, size, size])
    }

    static func architecture(_ name: String) throws -> any Architecture {
        try ModelRegistry.architecture(named: name)
    }
}

/// Returns the greatest difference of two tensors of one shape, relative to the greatest value.
func relativeDifference(_ first: Tensor, _ second: Tensor) throws -> Double {
    try #require(first.shape == second.shape)
    let (left, right) = (try first.doubles(), try second.doubles())
    let scale = max(right.map(abs).max() ?? 0, 1e-12)
    return zip(left, right).map { abs($0 - $1) }.max().map { $0 / scale } ?? 0
}

extension Graph {
    /// Returns the logits of a batch.
    func logits(_ images: Tensor) throws -> Tensor {
        try #require(try Executor(self).run([images]).first)
    }
}
