import Coupling
import Graph
import NetworkSupport
import Testing

@Suite("Groups of hand-made wirings")
struct WiringTests {
    @Test(
        "a concatenation: each part keeps its own channels, at an offset for the consumer and the batch-norm")
    func concatenation() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let first = try sketch.convolution("a", sketch.input, outputs: 3)
        let second = try sketch.convolution("b", sketch.input, outputs: 5)
        let joined = try sketch.node("Concat", "concat", [first, second], ["axis": .integer(1)])
        let normalised = try sketch.normalisation("norm", joined)
        try sketch.classifier(sketch.convolution("c", normalised, outputs: 4))
        let coupling = try Coupling(sketch.graph)
        #expect(coupling.groups.map(\.width) == [4, 5, 3])
        let (a, b) = (coupling.groups[2], coupling.groups[1])
        #expect(a.member("a.weight", axis: 0)?.positions == [[0], [1], [2]])
        #expect(a.member("c.weight", axis: 1)?.positions == [[0], [1], [2]])
        #expect(a.member("norm.running_mean", axis: 0)?.positions == [[0], [1], [2]])
        #expect(b.member("b.weight", axis: 0)?.positions == (0..<5).map { [$0] })
        #expect(b.member("c.weight", axis: 1)?.positions == (3..<8).map { [$0] })
        #expect(b.member("norm.running_var", axis: 0)?.positions == (3..<8).map { [$0] })
        #expect(a.members.count == 7 && b.members.count == 7)
    }

    @Test("a split with given lengths: two groups on one producer")
    func split() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let features = try sketch.convolution("a", sketch.input, outputs: 6)
        let lengths = try sketch.integers("lengths", [2, 4])
        let parts = try sketch.nodes(
            "Split", "split", [features, lengths], ["axis": .integer(1)], outputs: 2)
        let first = try sketch.convolution("b", parts[0], outputs: 3)
        let second = try sketch.convolution("c", parts[1], outputs: 3)
        try sketch.classifier(sketch.node("Add", "add", [first, second]))
        let coupling = try Coupling(sketch.graph)
        #expect(coupling.groups.map(\.width) == [3, 2, 4])
        #expect(coupling.groups[1].member("a.weight", axis: 0)?.positions == [[0], [1]])
        #expect(coupling.groups[1].member("b.weight", axis: 1)?.positions == [[0], [1]])
        #expect(coupling.groups[2].member("a.bias", axis: 0)?.positions == [[2], [3], [4], [5]])
        #expect(coupling.groups[2].member("c.weight", axis: 1)?.positions == [[0], [1], [2], [3]])
    }

    @Test("a split into equal parts without lengths: the parts shrink together")
    func equalSplit() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let features = try sketch.convolution("a", sketch.input, outputs: 6)
        let parts = try sketch.nodes("Split", "split", [features], ["axis": .integer(1)], outputs: 2)
        let gate = try sketch.node("Sigmoid", "gate", [parts[0]])
        try sketch.classifier(
            sketch.convolution("b", sketch.node("Mul", "mul", [gate, parts[1]]), outputs: 2))
        let coupling = try Coupling(sketch.graph)
        let group = try #require(coupling.group(producedBy: "a.weight"))
        #expect(group.width == 3)
        #expect(group.member("a.weight", axis: 0)?.positions == [[0, 3], [1, 4], [2, 5]])
        #expect(group.member("b.weight", axis: 1)?.positions == [[0], [1], [2]])
    }

    @Test("a slice: what it takes and what it leaves are different groups")
    func slice() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let features = try sketch.convolution("a", sketch.input, outputs: 6)
        let bounds = try [("starts", 1), ("ends", 4), ("axes", 1)].map { try sketch.integers($0, [$1]) }
        let part = try sketch.node("Slice", "slice", [features] + bounds)
        let first = try sketch.convolution("b", part, outputs: 4)
        let second = try sketch.convolution("c", features, outputs: 4)
        try sketch.classifier(sketch.node("Add", "add", [first, second]))
        let coupling = try Coupling(sketch.graph)
        #expect(coupling.groups.map(\.width) == [4, 3, 3])
        let taken = try #require(coupling.groups.first { $0.member("b.weight", axis: 1) != nil })
        #expect(taken.member("a.weight", axis: 0)?.positions == [[1], [2], [3]])
        #expect(taken.member("b.weight", axis: 1)?.positions == [[0], [1], [2]])
        #expect(taken.member("c.weight", axis: 1)?.positions == [[1], [2], [3]])
        let left = try #require(
            coupling.groups.first {
                $0.member("a.weight", axis: 0) != nil && $0.member("b.weight", axis: 1) == nil
            })
        #expect(left.member("a.weight", axis: 0)?.positions == [[0], [4], [5]])
        #expect(left.member("c.weight", axis: 1)?.positions == [[0], [4], [5]])
    }

    /// The shortcut without parameters of narrow ResNets: new channels are zeros around the old ones.
    @Test("a shortcut padded with zeros: old channels are tied to the middle of the new ones")
    func paddedShortcut() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let stem = try sketch.convolution("stem", sketch.input, outputs: 4)
        let inner = try sketch.node("Relu", "relu", [sketch.convolution("a", stem, outputs: 5)])
        let branch = try sketch.convolution("b", inner, outputs: 8)
        let amounts = try sketch.integers("amounts", [0, 2, 0, 0, 0, 2, 0, 0])
        let shortcut = try sketch.node("Pad", "pad", [stem, amounts])
        try sketch.classifier(sketch.node("Add", "add", [branch, shortcut]))
        let coupling = try Coupling(sketch.graph)
        let old = try #require(coupling.group(producedBy: "stem.weight"))
        #expect(old.width == 4)
        #expect(old.member("b.weight", axis: 0)?.positions == [[2], [3], [4], [5]])
        #expect(old.member("a.weight", axis: 1)?.positions == [[0], [1], [2], [3]])
        #expect(old.member("classifier.weight", axis: 1)?.positions == [[2], [3], [4], [5]])
        let new = try #require(
            coupling.groups.first {
                $0.member("b.weight", axis: 0) != nil && $0.member("stem.weight", axis: 0) == nil
            })
        #expect(new.member("b.weight", axis: 0)?.positions == [[0], [1], [6], [7]])
        #expect(new.member("b.bias", axis: 0)?.positions == [[0], [1], [6], [7]])
        #expect(coupling.group(producedBy: "a.weight")?.width == 5)
    }

    @Test("a depthwise convolution filters the channels of its input; a multiplier makes several of each")
    func depthwise() throws {
        for multiplier in [1, 2] {
            var sketch = try Sketch(input: [1, 2, 4, 4])
            let features = try sketch.convolution("a", sketch.input, outputs: 4)
            let filtered = try sketch.convolution("depth", features, outputs: 4 * multiplier, groups: 4)
            try sketch.classifier(sketch.convolution("point", filtered, outputs: 3, kernel: 1))
            let group = try #require(try Coupling(sketch.graph).group(producedBy: "a.weight"))
            let positions = (0..<4).map { channel in (0..<multiplier).map { channel * multiplier + $0 } }
            #expect(group.width == 4)
            #expect(group.member("depth.weight", axis: 0)?.role == .perChannel)
            #expect(group.member("depth.weight", axis: 0)?.positions == positions)
            #expect(group.member("depth.bias", axis: 0)?.positions == positions)
            #expect(group.member("point.weight", axis: 1)?.positions == positions)
            #expect(group.member("depth.weight", axis: 1) == nil)
        }
    }

    @Test("a grouped convolution: a channel is the same position of every group")
    func groupedConvolution() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let features = try sketch.convolution("a", sketch.input, outputs: 6)
        let grouped = try sketch.convolution("b", features, outputs: 8, groups: 2)
        try sketch.classifier(sketch.convolution("c", grouped, outputs: 3))
        let coupling = try Coupling(sketch.graph)
        let before = try #require(coupling.group(producedBy: "a.weight"))
        #expect(before.member("a.weight", axis: 0)?.positions == [[0, 3], [1, 4], [2, 5]])
        #expect(before.member("b.weight", axis: 1)?.positions == [[0], [1], [2]])
        let after = try #require(coupling.group(producedBy: "b.weight"))
        #expect(after.member("b.weight", axis: 0)?.positions == [[0, 4], [1, 5], [2, 6], [3, 7]])
        #expect(after.member("c.weight", axis: 1)?.positions == [[0, 4], [1, 5], [2, 6], [3, 7]])
    }

    @Test("a transposed convolution produces on axis 1 and consumes on axis 0")
    func transposedConvolution() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let features = try sketch.convolution("a", sketch.input, outputs: 3)
        let weight = try sketch.parameter("up.weight", [3, 5, 2, 2])
        let bias = try sketch.parameter("up.bias", [5])
        let up = try sketch.node(
            "ConvTranspose", "up", [features, weight, bias], ["strides": .integers([2, 2])])
        try sketch.classifier(sketch.convolution("c", up, outputs: 3))
        let coupling = try Coupling(sketch.graph)
        #expect(
            coupling.found == [
                GroupExpectation(3, producers: ["c"], biases: ["c"], consumers: ["classifier"]),
                GroupExpectation(5, producers: ["up.weight 1"], biases: ["up"], consumers: ["c"]),
                GroupExpectation(3, producers: ["a"], biases: ["a"], consumers: ["up.weight 0"]),
            ])
    }

    @Test("a reshape that flattens a map gives each channel its pixels")
    func reshape() throws {
        var sketch = try Sketch(input: [1, 2, 3, 2])
        let features = try sketch.convolution("a", sketch.input, outputs: 4)
        let shape = try sketch.integers("shape", [1, -1])
        let flat = try sketch.node("Reshape", "reshape", [features, shape])
        try sketch.finish([sketch.linear("linear", flat, outputs: 2)])
        let group = try #require(try Coupling(sketch.graph).group(producedBy: "a.weight"))
        #expect(
            group.member("linear.weight", axis: 1)?.positions
                == (0..<4).map { channel in (0..<6).map { channel * 6 + $0 } })
    }

    @Test("a weight used twice ties what it reads and what it writes")
    func sharedWeight() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let weight = try sketch.parameter("shared.weight", [3, 4, 1, 1])
        let streams = try ["a", "b"].map { name in
            let features = try sketch.convolution(name, sketch.input, outputs: 4)
            return try sketch.node("Conv", "shared.\(name)", [features, weight])
        }
        let joined = try sketch.node("Concat", "concat", streams.map { $0 }, ["axis": .integer(1)])
        try sketch.classifier(joined)
        let coupling = try Coupling(sketch.graph)
        #expect(
            coupling.found == [
                GroupExpectation(3, producers: ["shared"], consumers: ["classifier"]),
                GroupExpectation(4, producers: ["a", "b"], biases: ["a", "b"], consumers: ["shared"]),
            ])
        #expect(
            coupling.groups[0].member("classifier.weight", axis: 1)?.positions == [[0, 3], [1, 4], [2, 5]])
    }

    @Test("a layer that reads and writes one stream is in its group on both axes")
    func loopOnAStream() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let stream = try sketch.convolution("stem", sketch.input, outputs: 4)
        let branch = try sketch.convolution("a", sketch.node("Relu", "relu", [stream]), outputs: 4)
        try sketch.classifier(sketch.node("Add", "add", [stream, branch]))
        #expect(
            try Coupling(sketch.graph).found == [
                GroupExpectation(
                    4, producers: ["stem", "a"], biases: ["stem", "a"], consumers: ["a", "classifier"])
            ])
    }
}
