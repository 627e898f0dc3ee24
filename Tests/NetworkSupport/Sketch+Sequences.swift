package import Graph
package import Torch

/// Layers of networks that work on sequences [1, positions, channels].
extension Sketch {
    /// How an attention gets its queries, keys and values.
    package enum Projection: String, Sendable, CaseIterable {
        /// One layer, whose outputs are reshaped to [3, heads, length] and picked apart.
        case fused
        /// One layer, whose outputs are split into three first.
        case split
        /// Three layers; every key and value serves two queries, and positions turn queries and keys.
        case grouped
    }

    /// Adds a node that keeps or changes the shape.
    package mutating func reshape(_ name: String, _ value: ValueID, _ shape: [Int]) throws -> ValueID {
        try node("Reshape", name, [value, integers(name + ".shape", shape)])
    }

    /// Adds a node that permutes axes.
    package mutating func transpose(_ name: String, _ value: ValueID, _ order: [Int]) throws -> ValueID {
        try node("Transpose", name, [value], ["perm": .integers(order)])
    }

    /// Adds a layer with a weight [in, out] and a bias over the last axis.
    package mutating func matrix(_ name: String, _ features: ValueID, outputs: Int) throws -> ValueID {
        let inputs = graph[features].type.shape.last ?? 0
        let weight = try parameter(name + ".weight", [inputs, outputs])
        let product = try node("MatMul", name + ".product", [features, weight])
        return try node("Add", name, [product, parameter(name + ".bias", [outputs])])
    }

    /// Adds a layer normalisation over the last axis.
    package mutating func layerNormalisation(_ name: String, _ features: ValueID) throws -> ValueID {
        let channels = graph[features].type.shape.last ?? 0
        let (scale, shift) = (
            try parameter(name + ".weight", [channels]), try parameter(name + ".bias", [channels])
        )
        return try node("LayerNormalization", name, [features, scale, shift])
    }

    /// Adds an attention with a residual connection around it.
    package mutating func attention(
        _ name: String, _ features: ValueID, heads: Int, length: Int, _ projection: Projection
    ) throws -> ValueID {
        let (positions, width) = (graph[features].type.shape[1], heads * length)
        let normalised = try layerNormalisation(name + ".norm", features)
        var parts: [ValueID] = []
        switch projection {
        case .fused:
            let all = try reshape(
                name + ".all", matrix(name + ".qkv", normalised, outputs: 3 * width),
                [1, positions, 3, heads, length])
            let moved = try transpose(name + ".moved", all, [2, 0, 3, 1, 4])
            for index in 0..<3 {
                let place = try parameter("\(name).place\(index)", Tensor([index], shape: []))
                parts.append(try node("Gather", "\(name).part\(index)", [moved, place]))
            }
        case .split:
            let all = try matrix(name + ".qkv", normalised, outputs: 3 * width)
            let sizes = try integers(name + ".sizes", [width, width, width])
            let split = try nodes("Split", name + ".split", [all, sizes], ["axis": .integer(2)], outputs: 3)
            for (index, part) in split.enumerated() {
                let own = try reshape("\(name).heads\(index)", part, [0, 0, heads, -1])
                parts.append(try transpose("\(name).part\(index)", own, [0, 2, 1, 3]))
            }
        case .grouped:
            for (index, own) in [heads, heads / 2, heads / 2].enumerated() {
                let part = try matrix(
                    "\(name).\("qkv".dropFirst(index).prefix(1))", normalised, outputs: own * length)
                let split = try reshape("\(name).heads\(index)", part, [1, positions, own, length])
                var moved = try transpose("\(name).moved\(index)", split, [0, 2, 1, 3])
                if index < 2 { moved = try turned("\(name).turn\(index)", moved) }
                parts.append(
                    index == 0 ? moved : try repeated("\(name).part\(index)", moved, times: 2))
            }
        }
        let keys = try transpose(name + ".keys", parts[1], [0, 1, 3, 2])
        let scale = try parameter(name + ".scale", Tensor([1 / Float(length).squareRoot()], shape: []))
        let scores = try node(
            "Mul", name + ".scaled", [node("MatMul", name + ".scores", [parts[0], keys]), scale])
        let mask = try parameter(
            name + ".mask",
            Tensor(
                (0..<(positions * positions)).map { $0 % positions <= $0 / positions ? 1 : 0 },
                shape: [positions, positions]
            ).converted(to: .bool))
        let lowest = try parameter(name + ".lowest", Tensor([-1e9 as Float], shape: []))
        let masked = try node("Where", name + ".masked", [mask, scores, lowest])
        let weights = try node("Softmax", name + ".weights", [masked], ["axis": .integer(-1)])
        let mixed = try node("MatMul", name + ".mixed", [weights, parts[2]])
        let joined = try reshape(
            name + ".joined", transpose(name + ".back", mixed, [0, 2, 1, 3]), [1, positions, width])
        let channels = graph[features].type.shape[2]
        return try node(
            "Add", name, [features, matrix(name + ".out", joined, outputs: channels)])
    }

    /// Turns pairs of the last axis's halves by angles that depend on the position.
    private mutating func turned(_ name: String, _ value: ValueID) throws -> ValueID {
        let (positions, length) = (graph[value].type.shape[2], graph[value].type.shape[3])
        var halves: [ValueID] = []
        for (index, start) in [0, length / 2].enumerated() {
            let bounds = try [start, start + length / 2, -1].enumerated().map {
                try integers("\(name).bound\(index).\($0.offset)", [$0.element])
            }
            halves.append(try node("Slice", "\(name).half\(index)", [value] + bounds))
        }
        let swapped = try node(
            "Concat", name + ".swapped", [node("Neg", name + ".negative", [halves[1]]), halves[0]],
            ["axis": .integer(-1)])
        let straight = try node(
            "Mul", name + ".cosine", [value, parameter(name + ".cos", [positions, length])])
        let turned = try node(
            "Mul", name + ".sine", [swapped, parameter(name + ".sin", [positions, length])])
        return try node("Add", name, [straight, turned])
    }

    /// Repeats every head.
    private mutating func repeated(_ name: String, _ value: ValueID, times: Int) throws -> ValueID {
        let shape = graph[value].type.shape
        let open = try node("Unsqueeze", name + ".open", [value, integers(name + ".axis", [2])])
        let copies = try node(
            "Expand", name + ".copies",
            [open, integers(name + ".copy", [1, shape[1], times, shape[2], shape[3]])])
        return try reshape(name, copies, [1, shape[1] * times, shape[2], shape[3]])
    }

    /// Adds two layers with a residual connection around them.
    package mutating func perceptron(_ name: String, _ features: ValueID, hidden: Int) throws -> ValueID {
        let normalised = try layerNormalisation(name + ".norm", features)
        let inner = try node("Gelu", name + ".gelu", [matrix(name + ".in", normalised, outputs: hidden)])
        let outputs = graph[features].type.shape[2]
        return try node("Add", name, [features, matrix(name + ".out", inner, outputs: outputs)])
    }

    /// Adds the mean over all positions and a fully connected layer, and ends the network there.
    package mutating func sequenceClassifier(_ features: ValueID, classes: Int = 3) throws {
        let pooled = try node(
            "ReduceMean", "pool", [features], ["axes": .integers([1]), "keepdims": .integer(0)])
        finish([try linear("classifier", pooled, outputs: classes)])
    }

    /// A network with two blocks of attention and perceptron on five positions of three numbers.
    package static func transformer(_ projection: Projection) throws -> Graph {
        var sketch = try Sketch("transformer", input: [1, 5, 3])
        var features = try sketch.matrix("embed", sketch.input, outputs: 8)
        features = try sketch.node(
            "Add", "placed", [features, sketch.parameter("places.bias", [1, 5, 8])])
        for block in ["a", "b"] {
            features = try sketch.attention(block + ".attention", features, heads: 4, length: 6, projection)
            features = try sketch.perceptron(block + ".mlp", features, hidden: 7)
        }
        try sketch.sequenceClassifier(sketch.layerNormalisation("norm", features))
        return sketch.graph
    }

    /// Adds a normalisation over the last axis in single operators, with or without taking the mean away first.
    package mutating func spelledOutNormalisation(
        _ name: String, _ features: ValueID, centres: Bool
    ) throws -> ValueID {
        func number(_ suffix: String, _ value: Float) throws -> ValueID {
            try parameter("\(name).\(suffix)", Tensor([value], shape: []))
        }
        let last: Attributes = ["axes": .integers([-1])]
        var centred = features
        if centres {
            let mean = try node("ReduceMean", name + ".mean", [features], last)
            centred = try node("Sub", name + ".centred", [features, mean])
        }
        let squares = try node("Pow", name + ".squares", [centred, number("two", 2)])
        let variance = try node("ReduceMean", name + ".variance", [squares], last)
        let root = try node(
            "Sqrt", name + ".root", [node("Add", name + ".positive", [variance, number("epsilon", 1e-5)])])
        let normal =
            centres
            ? try node("Div", name + ".normal", [centred, root])
            : try node("Mul", name + ".normal", [centred, node("Reciprocal", name + ".inverse", [root])])
        let channels = graph[features].type.shape.last ?? 0
        return try node("Mul", name, [normal, parameter(name + ".weight", [channels])])
    }

    /// A network with a normalisation in single operators.
    package static func spelledOut(centres: Bool) throws -> Graph {
        var sketch = try Sketch("spelled_out", input: [1, 5, 3])
        let features = try sketch.matrix("a", sketch.input, outputs: 6)
        let normal = try sketch.spelledOutNormalisation("norm", features, centres: centres)
        try sketch.sequenceClassifier(sketch.matrix("b", normal, outputs: 4))
        return sketch.graph
    }

    /// A network whose channels are shuffled between two groups.
    package static func shuffled() throws -> Graph {
        var sketch = try Sketch("shuffled", input: [1, 2, 4, 4])
        let features = try sketch.convolution("a", sketch.input, outputs: 8)
        let split = try sketch.reshape("split", features, [1, 2, 4, 4, 4])
        let moved = try sketch.transpose("moved", split, [0, 2, 1, 3, 4])
        let joined = try sketch.reshape("joined", moved, [1, 8, 4, 4])
        try sketch.classifier(sketch.convolution("b", joined, outputs: 3))
        return sketch.graph
    }

    /// A network with a group normalisation, as one operator or spelled out by an instance normalisation of groups.
    package static func groupNormalised(spelledOut: Bool) throws -> Graph {
        var sketch = try Sketch("group_normalised", input: [1, 2, 4, 4])
        var features = try sketch.convolution("a", sketch.input, outputs: 8)
        if spelledOut {
            let ones = try sketch.parameter("ones", Tensor(repeating: 1, shape: [2]))
            let zeros = try sketch.parameter("zeros", Tensor(repeating: 0, shape: [2]))
            let groups = try sketch.reshape("groups", features, [0, 2, -1])
            let normal = try sketch.node("InstanceNormalization", "instance", [groups, ones, zeros])
            features = try sketch.reshape("channels", normal, [1, 8, 4, 4])
            features = try sketch.node(
                "Mul", "scaled", [features, sketch.parameter("norm.weight", [8, 1, 1])])
            features = try sketch.node(
                "Add", "shifted", [features, sketch.parameter("norm.bias", [8, 1, 1])])
        } else {
            let parameters = [
                try sketch.parameter("norm.weight", [8]), try sketch.parameter("norm.bias", [8]),
            ]
            features = try sketch.node(
                "GroupNormalization", "norm", [features] + parameters, ["num_groups": .integer(2)],
                operatorSet: 21)
        }
        try sketch.classifier(sketch.convolution("b", features, outputs: 3))
        return sketch.graph
    }

    /// A network that reads five positions in both directions.
    package static func recurrent(_ type: String, gates: Int) throws -> Graph {
        var sketch = try Sketch("recurrent", input: [5, 1, 3])
        let features = try sketch.matrix("embed", sketch.input, outputs: 4)
        let weights = [
            try sketch.parameter("layer.weight", [2, gates * 6, 4]),
            try sketch.parameter("layer.recurrent", [2, gates * 6, 6]),
            try sketch.parameter("layer.bias", [2, 2 * gates * 6]),
        ]
        let states = try sketch.node(
            type, "layer", [features] + weights,
            ["direction": .string("bidirectional"), "hidden_size": .integer(6)])
        let joined = try sketch.reshape(
            "joined", sketch.transpose("moved", states, [0, 2, 1, 3]), [5, 1, -1])
        let pooled = try sketch.node(
            "ReduceMean", "pool", [joined], ["axes": .integers([0]), "keepdims": .integer(0)])
        try sketch.finish([sketch.linear("classifier", pooled, outputs: 3)])
        return sketch.graph
    }
}
