import Foundation
import Graph
import ONNX
import Testing
import Torch

/// The models that `Fixtures/make_fixtures.py` makes.
enum Fixture {
    /// Outputs may differ from ONNX Runtime's by this, relative to the larger of 1 and the expected one.
    static let runtimeTolerance = 2e-5

    static let folder = Bundle.module.bundleURL.appendingPathComponent("Fixtures")

    static let names = [
        "residual", "folded_output", "external", "constants", "types", "opaque", "custom_declared",
        "custom_unknown", "shapes", "open_axes", "legacy", "choices",
    ]

    static func file(_ name: String) -> URL {
        (Bundle.module.resourceURL ?? folder).appendingPathComponent("Fixtures/\(name)")
    }

    static func bytes(_ name: String) throws -> Data { try Data(contentsOf: file("\(name).onnx")) }

    static func model(_ name: String, inputShapes: [String: [Int?]] = [:]) throws -> ONNXModel {
        try ONNXModel(contentsOf: file("\(name).onnx").path, inputShapes: inputShapes)
    }

    /// Inputs, and what ONNX Runtime computes.
    struct Golden: Decodable {
        struct Array: Decodable {
            let shape: [Int]
            let data: [Double]

            var tensor: Tensor {
                get throws { try Tensor(data, shape: shape).converted(to: .float32) }
            }
        }

        let inputs: [String: Array]
        let outputs: [String: Array]
    }

    static func golden(_ name: String) throws -> Golden {
        let all = try JSONDecoder().decode(
            [String: Golden].self, from: Data(contentsOf: file("goldens.json")))
        return try #require(all[name])
    }

    /// Runs a graph on inputs by name.
    static func outputs(of graph: Graph, on golden: Golden) throws -> [String: Tensor] {
        let inputs = try graph.inputs.map { try #require(golden.inputs[graph[$0].name]).tensor }
        let outputs = try Executor(graph).run(inputs)
        return Dictionary(uniqueKeysWithValues: zip(graph.outputs.map { graph[$0].name }, outputs))
    }
}

/// Returns how far two tensors are apart, relative to the larger of 1 and the second's elements.
func distance(_ first: Tensor, _ second: Tensor) throws -> Double {
    guard first.shape == second.shape, first.type == second.type else { return .infinity }
    return zip(try first.doubles(), try second.doubles()).reduce(0) { greatest, pair in
        max(greatest, pair.0 == pair.1 ? 0 : abs(pair.0 - pair.1) / max(1, abs(pair.1)))
    }
}
