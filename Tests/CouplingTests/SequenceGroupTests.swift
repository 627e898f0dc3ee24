import Coupling
import Graph
import NetworkSupport
import Testing
import Torch

@Suite("Channels of networks on sequences")
struct SequenceGroupTests {
    @Test("whole heads, hidden units and the residual stream", arguments: Sketch.Projection.allCases)
    func transformer(_ projection: Sketch.Projection) throws {
        let coupling = try Coupling(Sketch.transformer(projection))
        func attention(_ block: String) -> GroupExpectation {
            let inputs = projection == .grouped ? ["q", "k", "v"] : ["qkv"]
            return GroupExpectation(
                projection == .grouped ? 2 : 4, producers: inputs.map { "\(block).attention.\($0).weight 1" },
                biases: inputs.map { "\(block).attention.\($0)" },
                consumers: ["\(block).attention.out.weight 0"])
        }
        func perceptron(_ block: String) -> GroupExpectation {
            GroupExpectation(
                7, producers: ["\(block).mlp.in.weight 1"], biases: ["\(block).mlp.in"],
                consumers: ["\(block).mlp.out.weight 0"])
        }
        let found = coupling.found
        #expect(found.contains(attention("a")))
        #expect(found.contains(attention("b")))
        #expect(found.contains(perceptron("a")))
        #expect(found.contains(perceptron("b")))
        #expect(found.count == 5)
        let stream = try #require(found.first { $0.width == 8 })
        #expect(
            stream.members[.producer] == [
                "embed.weight 1", "a.attention.out.weight 1", "a.mlp.out.weight 1",
                "b.attention.out.weight 1", "b.mlp.out.weight 1",
            ])
        #expect(stream.members[.perChannel]?.contains("norm.weight 0") == true)
        #expect(stream.members[.bias]?.contains("places.bias 2") == true)
        #expect(stream.members[.consumer]?.contains("classifier.weight 1") == true)
        // A head is all of its rows: those of query, key and value, and those of both queries of a key.
        let heads = try #require(
            coupling.group(
                producedBy: projection == .grouped ? "a.attention.q.weight" : "a.attention.qkv.weight"))
        #expect(heads.members[0].positionsPerChannel == (projection == .grouped ? 12 : 18))
    }

    @Test("shuffled channels go in pairs, one of each group")
    func shuffle() throws {
        let coupling = try Coupling(Sketch.shuffled())
        let group = try #require(coupling.group(producedBy: "a.weight"))
        #expect(group.width == 4)
        #expect(group.member("a.weight", axis: 0)?.positions == [[0, 4], [1, 5], [2, 6], [3, 7]])
        #expect(group.member("b.weight", axis: 1)?.positions == [[0, 1], [2, 3], [4, 5], [6, 7]])
    }

    @Test("a group normalisation keeps its groups alike; spelled out, whole groups go")
    func groupNormalisation() throws {
        let operatorGroup = try #require(
            try Coupling(Sketch.groupNormalised(spelledOut: false)).group(producedBy: "a.weight"))
        #expect(operatorGroup.member("a.weight", axis: 0)?.positions == (0..<4).map { [$0, $0 + 4] })
        #expect(operatorGroup.member("norm.weight", axis: 0)?.role == .perChannel)
        let spelledOut = try #require(
            try Coupling(Sketch.groupNormalised(spelledOut: true)).group(producedBy: "a.weight"))
        #expect(spelledOut.member("a.weight", axis: 0)?.positions == [[0, 1, 2, 3], [4, 5, 6, 7]])
        #expect(spelledOut.member("ones", axis: 0)?.role == .perChannel)
    }

    @Test(
        "a recurrent layer's hidden channels over gates and directions", arguments: [("LSTM", 4), ("GRU", 3)])
    func recurrent(_ type: String, _ gates: Int) throws {
        let coupling = try Coupling(Sketch.recurrent(type, gates: gates))
        #expect(
            coupling.found == [
                GroupExpectation(
                    6, producers: ["layer.weight 1", "layer.recurrent 1"], biases: ["layer.bias 1"],
                    consumers: ["classifier", "layer.recurrent 2"]),
                GroupExpectation(
                    4, producers: ["embed.weight 1"], biases: ["embed"], consumers: ["layer.weight 2"]),
            ])
        let group = coupling.groups[0]
        #expect(group.member("layer.weight", axis: 1)?.positions[1] == (0..<gates).map { 1 + 6 * $0 })
        #expect(group.member("classifier.weight", axis: 1)?.positions[1] == [1, 7])
    }

    @Test("an embedding's channels are those of its table, and tokens stay")
    func embedding() throws {
        var sketch = try Sketch(input: [1, 5])
        let tokens = try sketch.node("Cast", "tokens", [sketch.input], ["to": .integer(7)])
        let table = try sketch.parameter("table", [10, 6])
        let features = try sketch.node("Gather", "embed", [table, tokens])
        try sketch.sequenceClassifier(sketch.matrix("a", features, outputs: 4))
        let group = try #require(try Coupling(sketch.graph).group(producedBy: "table"))
        #expect(group.width == 6)
        #expect(group.members.map(\.name) == ["table", "a.weight"])
    }

    @Test(
        "weights that a router selects consume the channels that they multiply, those of a signal produce them",
        arguments: [false, true])
    func experts(isAlsoAdded: Bool) throws {
        var sketch = try Sketch(input: [5, 3])
        let features = try sketch.matrix("a", sketch.input, outputs: 6)
        let scores = try sketch.matrix("router", features, outputs: 4)
        let chosen = try sketch.node(
            "ArgMax", "chosen", [scores], ["keepdims": .integer(0), "axis": .integer(1)])
        let experts = try sketch.parameter("experts", [4, 8, 6])
        let weights = try sketch.node("Gather", "weights", [experts, chosen])
        let columns = try sketch.integers("columns", [2])
        let column = try sketch.node("Unsqueeze", "column", [features, columns])
        let products = try sketch.node("MatMul", "products", [weights, column])
        var hidden = try sketch.node("Relu", "r", [sketch.node("Squeeze", "rows", [products, columns])])
        if isAlsoAdded {
            let sums = try sketch.node("ReduceSum", "all", [weights, columns], ["keepdims": .integer(0)])
            hidden = try sketch.node("Add", "sum", [hidden, sums])
        }
        try sketch.finish([sketch.matrix("b", hidden, outputs: 3)])
        let coupling = try Coupling(sketch.graph)
        if isAlsoAdded {
            #expect(coupling.group(producedBy: "a.weight") == nil)
        } else {
            let stream = try #require(coupling.group(producedBy: "a.weight"))
            #expect(stream.member("experts", axis: 2)?.role == .consumer)
            #expect(stream.member("router.weight", axis: 0)?.role == .consumer)
        }
        let inner = try #require(coupling.groups.first { $0.width == 8 })
        #expect(inner.member("experts", axis: 1)?.role == .producer)
    }

    @Test("weights that a router selects are no consumers where they join a signal or pass a function")
    func joinedExperts() throws {
        for isJoined in [false, true] {
            var sketch = try Sketch(input: [5, 3])
            let features = try sketch.matrix("a", sketch.input, outputs: 6)
            let scores = try sketch.matrix("router", features, outputs: 4)
            let chosen = try sketch.node(
                "ArgMax", "chosen", [scores], ["keepdims": .integer(0), "axis": .integer(1)])
            let table = try sketch.parameter("table", [4, 8, 6])
            let selected = try sketch.node("Gather", "selected", [table, chosen])
            let columns = try sketch.integers("columns", [2])
            let rows = try sketch.integers("rows", [1])
            let weights =
                try isJoined
                ? sketch.node(
                    "Concat", "joined", [selected, sketch.node("Unsqueeze", "row", [features, rows])],
                    ["axis": .integer(1)])
                : sketch.node("Exp", "exponential", [selected])
            let column = try sketch.node("Unsqueeze", "column", [features, columns])
            try sketch.finish([sketch.node("MatMul", "products", [weights, column])])
            let group = try Coupling(sketch.graph).group(producedBy: "a.weight")
            #expect(group?.member("table", axis: 2)?.role != .consumer, "\(isJoined)")
        }
    }

    @Test("slices that are joined again and again are counted once")
    func manyJoins() throws {
        var sketch = try Sketch(input: [5, 3])
        let scores = try sketch.matrix("router", sketch.input, outputs: 4)
        let chosen = try sketch.node(
            "ArgMax", "chosen", [scores], ["keepdims": .integer(0), "axis": .integer(1)])
        var value = try sketch.node("Gather", "selected", [sketch.parameter("table", [4, 6]), chosen])
        let start = try sketch.integers("start", [0])
        let end = try sketch.integers("end", [5])
        let axis = try sketch.integers("axis", [0])
        for index in 0..<40 {
            value = try sketch.node("Concat", "join\(index)", [value, value], ["axis": .integer(0)])
            value = try sketch.node("Slice", "part\(index)", [value, start, end, axis])
        }
        try sketch.finish([sketch.matrix("b", value, outputs: 3)])
        #expect(try Coupling(sketch.graph).group(producedBy: "table")?.width == 6)
    }

    @Test("reading lengths does not freeze channels")
    func lengths() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let features = try sketch.convolution("a", sketch.input, outputs: 6)
        let shape = try sketch.node("Shape", "shape", [features])
        let place = try sketch.parameter("place", Tensor([1], shape: []))
        let count = try sketch.node("Gather", "count", [shape, place])
        let number = try sketch.node("Cast", "number", [count], ["to": .integer(1)])
        try sketch.classifier(
            sketch.convolution("b", sketch.node("Div", "divided", [features, number]), outputs: 3))
        #expect(try Coupling(sketch.graph).group(producedBy: "a.weight")?.width == 6)
    }

    @Test("a weight behind a transposition is the weight of the product that reads it")
    func transposedWeight() throws {
        var sketch = try Sketch(input: [1, 5, 3])
        let features = try sketch.matrix("a", sketch.input, outputs: 6)
        let weight = try sketch.transpose("moved", sketch.parameter("b.weight", [4, 6]), [1, 0])
        try sketch.sequenceClassifier(sketch.node("MatMul", "b", [features, weight]))
        #expect(
            try Coupling(sketch.graph).found == [
                GroupExpectation(4, producers: ["b"], consumers: ["classifier"]),
                GroupExpectation(6, producers: ["a.weight 1"], biases: ["a"], consumers: ["b"]),
            ])
    }

    @Test("a class token is part of the stream that it is joined to")
    func classToken() throws {
        var sketch = try Sketch(input: [1, 5, 3])
        let features = try sketch.matrix("a", sketch.input, outputs: 6)
        let token = try sketch.node(
            "Expand", "copies", [sketch.parameter("token", [1, 1, 6]), sketch.integers("shape", [1, 1, 6])])
        let joined = try sketch.node("Concat", "joined", [token, features], ["axis": .integer(1)])
        try sketch.sequenceClassifier(sketch.matrix("b", joined, outputs: 4))
        let group = try #require(try Coupling(sketch.graph).group(producedBy: "a.weight"))
        #expect(group.member("token", axis: 2)?.role == .bias)
        #expect(group.member("b.weight", axis: 0)?.role == .consumer)
    }

    @Test("a normalisation in single operators is one", arguments: [false, true])
    func spelledOut(_ centres: Bool) throws {
        let group = try #require(
            try Coupling(Sketch.spelledOut(centres: centres)).group(producedBy: "a.weight"))
        #expect(group.width == 6)
        #expect(group.member("norm.weight", axis: 0)?.role == .perChannel)
        #expect(group.member("b.weight", axis: 0)?.role == .consumer)
    }

    /// Without some channels a mean or an extreme is that of the others; a sum or a norm is another number.
    @Test(
        "statistics over channels leave them free, sums and norms freeze them",
        arguments: [
            ("ReduceMean", true), ("ReduceMax", true), ("ReduceMin", true), ("ReduceSum", false),
            ("ReduceL2", false), ("ReduceSumSquare", false), ("ReduceLogSumExp", false),
            ("ReduceProd", false),
        ])
    func reductions(type: String, isFree: Bool) throws {
        var sketch = try Sketch(input: [1, 5, 3])
        let features = try sketch.matrix("a", sketch.input, outputs: 6)
        let axes: [ValueID] = type == "ReduceSum" ? [try sketch.integers("axes", [-1])] : []
        let reduced = try sketch.node(
            type, "reduced", [features] + axes, axes.isEmpty ? ["axes": .integers([-1])] : [:])
        let changed = try sketch.node("Sub", "changed", [features, reduced])
        try sketch.sequenceClassifier(sketch.matrix("b", changed, outputs: 4))
        let coupling = try Coupling(sketch.graph)
        #expect((coupling.group(producedBy: "a.weight")?.width == 6) == isFree)
        let reason = coupling.reason("a.weight", axis: 1)
        #expect(isFree ? reason == nil : reason?.contains("reduced (\(type))") == true)
    }
}
