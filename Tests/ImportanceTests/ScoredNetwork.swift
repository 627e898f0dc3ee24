import AnalysisSupport
import Coupling
import Graph
import Importance
import NetworkSupport
import Testing
import Torch

/// A group of four channels with producers, consumers, a depthwise kernel, biases, a batch-norm and a flattened map.
struct ScoredNetwork {
    let graph: Graph
    let group: CoupledGroup

    init() throws {
        var sketch = try Sketch(input: [1, 2, 3, 2])
        let first = try sketch.convolution("a", sketch.input, outputs: 4)
        let second = try sketch.convolution("b", sketch.input, outputs: 4)
        let sum = try sketch.node("Add", "add", [first, second])
        let normalised = try sketch.normalisation("norm", sum)
        let filtered = try sketch.convolution("depth", normalised, outputs: 4, groups: 4)
        let flat = try sketch.node("Flatten", "flatten", [filtered])
        try sketch.finish([sketch.linear("linear", flat, outputs: 5)])
        try self.init(sketch.graph)
    }

    init(_ graph: Graph) throws {
        self.graph = graph
        group = try Coupling(graph).group(0)
    }

    /// Returns the network with another tensor for a parameter.
    func replacing(_ name: String, _ change: (Float) -> Float) throws -> ScoredNetwork {
        let id = try #require(graph.value(named: name))
        let old = try graph.parameter(name)
        return try ScoredNetwork(
            graph.replacing(parameters: [id: Tensor(old.floats().map(change), shape: old.shape)]))
    }

    var context: ImportanceContext {
        get throws {
            try ImportanceContext(group: group, graph: graph, features: ChannelFeatures(group, in: graph))
        }
    }

    /// The weights of each channel, producer after producer and then the consumer, by index arithmetic alone.
    func slices() throws -> [[[Float]]] {
        let producers = try ["a.weight", "b.weight"].map { name in
            let values = try graph.parameter(name).floats()
            return (0..<4).map { channel in (0..<18).map { values[channel * 18 + $0] } }
        }
        let values = try graph.parameter("linear.weight").floats()
        let consumer = (0..<4).map { channel in
            (0..<5).flatMap { output in (0..<6).map { values[output * 24 + channel * 6 + $0] } }
        }
        return producers + [consumer]
    }
}

/// Scores may differ from those of naive loops by this much, relative to the greatest.
let scoreTolerance = 1e-12

/// Returns the greatest difference relative to the greatest expected score; infinite where something is not a number.
func difference(_ scores: [Double], _ expected: [Double]) -> Double {
    guard scores.count == expected.count, scores.allSatisfy(\.isFinite) else { return .infinity }
    let scale = expected.reduce(0) { max($0, $1.magnitude) }
    return zip(scores, expected).reduce(0) { max($0, ($1.0 - $1.1).magnitude) } / (scale > 0 ? scale : 1)
}
