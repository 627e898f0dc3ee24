import Coupling
import Graph
import NetworkSupport
import Testing
import Torch

@Suite("Features of channels")
struct ChannelFeaturesTests {
    /// Two streams behind one batch-norm, one of them with a depthwise kernel, flattened into a linear layer.
    private func network() throws -> Graph {
        var sketch = try Sketch(input: [1, 2, 3, 2])
        let first = try sketch.convolution("a", sketch.input, outputs: 3)
        let deep = try sketch.convolution("depth", first, outputs: 3, groups: 3)
        let second = try sketch.convolution("b", sketch.input, outputs: 4)
        let joined = try sketch.node("Concat", "concat", [deep, second], ["axis": .integer(1)])
        let normalised = try sketch.normalisation("norm", joined)
        let flat = try sketch.node("Flatten", "flatten", [normalised])
        try sketch.finish([sketch.linear("linear", flat, outputs: 5)])
        return sketch.graph
    }

    @Test("a row is the channel's slices, member after member; biases and normalisations are left out")
    func slices() throws {
        let graph = try network()
        let group = try #require(try Coupling(graph).group(producedBy: "a.weight"))
        let features = try ChannelFeatures(group, in: graph)
        #expect(features.segments.map(\.member.name) == ["a.weight", "depth.weight", "linear.weight"])
        #expect(features.columns == 2 * 9 + 9 + 5 * 6)
        let producer = try graph.parameter("a.weight").floats()
        let depthwise = try graph.parameter("depth.weight").floats()
        let consumer = try graph.parameter("linear.weight").floats()
        let pixels = 7 * 6
        for channel in 0..<3 {
            var expected = Array(producer[(channel * 18)..<(channel * 18 + 18)])
            expected += depthwise[(channel * 9)..<(channel * 9 + 9)]
            for output in 0..<5 {
                expected += consumer[(output * pixels + channel * 6)..<(output * pixels + channel * 6 + 6)]
            }
            let row = features.values[(channel * features.columns)..<((channel + 1) * features.columns)]
            #expect(Array(row) == expected, "channel \(channel)")
        }
    }

    @Test("a batch-norm over joined streams is left out for each of them")
    func joinedNormalisation() throws {
        let graph = try network()
        let group = try #require(try Coupling(graph).group(producedBy: "b.weight"))
        let features = try ChannelFeatures(group, in: graph)
        #expect(features.segments.map(\.member.name) == ["b.weight", "linear.weight"])
        let producer = try graph.parameter("b.weight").floats()
        #expect(Array(features.values[..<18]) == Array(producer[..<18]))
    }

    @Test("only the roles asked for")
    func roles() throws {
        let graph = try network()
        let group = try #require(try Coupling(graph).group(producedBy: "a.weight"))
        let features = try ChannelFeatures(group, in: graph, roles: [.producer, .bias])
        let names = features.segments.map(\.member.name)
        #expect(names == ["a.weight", "a.bias", "depth.bias", "norm.bias", "norm.running_mean"])
        #expect(features.columns == 18 + 4)
    }

    @Test(
        "a weight that is not finite is an error that names the parameter", arguments: [Float.nan, .infinity])
    func notFinite(_ value: Float) throws {
        let graph = try network()
        let id = try #require(graph.value(named: "depth.weight"))
        var values = try graph.parameter("depth.weight").floats()
        values[13] = value
        let broken = try graph.replacing(parameters: [id: Tensor(values, shape: [3, 1, 3, 3])])
        let group = try #require(try Coupling(broken).group(producedBy: "a.weight"))
        let error = #expect(throws: GraphError.self) { try ChannelFeatures(group, in: broken) }
        #expect(error?.description.contains("depth.weight") == true)
        #expect(throws: Never.self) { try ChannelFeatures(group, in: broken, roles: [.producer]) }
    }
}
