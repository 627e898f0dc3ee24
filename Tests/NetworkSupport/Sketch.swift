package import Graph
internal import Operators
package import Torch

/// Draws small networks node by node; every parameter is random and depends on its name alone.
package struct Sketch {
    /// The network so far.
    package private(set) var graph: Graph
    /// The network's first input.
    package let input: ValueID

    /// Starts a network with one input.
    package init(_ name: String = "sketch", input shape: [Int]) throws {
        try self.init(name, input: TensorType(.float32, shape))
    }

    /// Starts a network with one input of any type.
    package init(_ name: String = "sketch", input type: TensorType) throws {
        graph = Graph(name: name)
        input = try graph.addInput("input", type)
    }

    /// Adds a random parameter.
    package mutating func parameter(_ name: String, _ shape: [Int]) throws -> ValueID {
        try graph.addParameter(name, Tensor(random: .normal, shape: shape, seed: Self.seed(name)))
    }

    /// Adds another input.
    package mutating func input(_ name: String, _ type: TensorType) throws -> ValueID {
        try graph.addInput(name, type)
    }

    /// Adds a given parameter.
    package mutating func parameter(_ name: String, _ tensor: Tensor) throws -> ValueID {
        try graph.addParameter(name, tensor)
    }

    /// Adds a constant list of integers.
    package mutating func integers(_ name: String, _ values: [Int]) throws -> ValueID {
        try graph.addParameter(name, Tensor(values))
    }

    /// Adds a node with several outputs.
    package mutating func nodes(
        _ type: String, _ name: String, _ inputs: [ValueID?], _ attributes: Attributes = [:], outputs: Int,
        operatorSet: Int = OperatorSignature.currentOperatorSet
    ) throws -> [ValueID] {
        let op = try OperatorRegistry.make(
            type, attributes: attributes, inputCount: inputs.count, outputCount: outputs,
            operatorSet: operatorSet)
        return try graph.addNode(
            op, inputs, name: name, outputNames: (0..<outputs).map { $0 == 0 ? name : "\(name).\($0)" })
    }

    /// Adds a node with one output.
    package mutating func node(
        _ type: String, _ name: String, _ inputs: [ValueID?], _ attributes: Attributes = [:],
        operatorSet: Int = OperatorSignature.currentOperatorSet
    ) throws -> ValueID {
        try nodes(type, name, inputs, attributes, outputs: 1, operatorSet: operatorSet)[0]
    }

    /// Adds a node of an operator that is not registered.
    package mutating func node(_ op: any Operator, _ name: String, _ inputs: [ValueID?]) throws -> ValueID {
        try graph.addNode(op, inputs, name: name, outputNames: [name])[0]
    }

    /// Adds a convolution that keeps the size of the map, with a bias.
    package mutating func convolution(
        _ name: String, _ features: ValueID, outputs: Int, kernel: Int = 3, groups: Int = 1, bias: Bool = true
    ) throws -> ValueID {
        let channels = graph[features].type.shape[1]
        let weight = try parameter(
            name + ".weight", [outputs, channels / groups, kernel, kernel])
        let biases = bias ? [try parameter(name + ".bias", [outputs])] : []
        var attributes: Attributes = ["pads": .integers([Int](repeating: kernel / 2, count: 4))]
        if groups > 1 { attributes["group"] = .integer(groups) }
        return try node("Conv", name, [features, weight] + biases, attributes)
    }

    /// Adds a fully connected layer with a bias.
    package mutating func linear(_ name: String, _ features: ValueID, outputs: Int) throws -> ValueID {
        let weight = try parameter(name + ".weight", [outputs, graph[features].type.shape[1]])
        let bias = try parameter(name + ".bias", [outputs])
        return try node("Gemm", name, [features, weight, bias], ["transB": .integer(1)])
    }

    /// Adds a batch-norm with statistics that are nothing like the identity.
    package mutating func normalisation(
        _ name: String, _ features: ValueID, _ attributes: Attributes = [:]
    ) throws -> ValueID {
        let channels = graph[features].type.shape[1]
        let inputs = try NormalisationStatistics(channels: channels, seed: Self.seed(name)).tensors.map {
            try parameter("\(name).\($0.name)", $0.tensor)
        }
        return try node("BatchNormalization", name, [features] + inputs, attributes)
    }

    /// Adds an activation as exporters write it, of several nodes: gelu, silu, mish, hard_swish, prelu with one slope per
    /// channel, or square.
    package mutating func activation(_ name: String, _ features: ValueID) throws -> ValueID {
        let type = graph[features].type
        func number(_ name: String, _ value: Float) throws -> ValueID {
            try parameter(name, Tensor([value], shape: []))
        }
        switch name {
        case "gelu":
            let scaled = try node("Div", "scaled", [features, number("root", Float(2).squareRoot())])
            let share = try node("Add", "share", [node("Erf", "erf", [scaled]), number("one", 1)])
            return try node("Mul", name, [node("Mul", "product", [features, share]), number("half", 0.5)])
        case "silu": return try node("Mul", name, [features, node("Sigmoid", "gate", [features])])
        case "mish":
            let gate = try node("Tanh", "gate", [node("Softplus", "softplus", [features])])
            return try node("Mul", name, [features, gate])
        case "hard_swish":
            let shifted = try node("Add", "shifted", [features, number("three", 3)])
            let clipped = try node("Clip", "clipped", [shifted, number("low", 0), number("high", 6)])
            let product = try node("Mul", "product", [features, clipped])
            return try node("Div", name, [product, number("six", 6)])
        case "prelu":
            let rest = [Int](repeating: 1, count: type.shape.count - 2)
            return try node("PRelu", name, [features, parameter("slope", [type.shape[1]] + rest)])
        default: return try node("Pow", name, [features, number("two", 2)])
        }
    }

    /// Adds the mean over the map and a fully connected layer, and ends the network there.
    package mutating func classifier(_ features: ValueID, classes: Int = 3) throws {
        let pooled = try node("GlobalAveragePool", "pool", [features])
        let flat = try node("Flatten", "flatten", [pooled])
        finish([try linear("classifier", flat, outputs: classes)])
    }

    /// Declares the outputs.
    package mutating func finish(_ outputs: [ValueID]) {
        graph.setOutputs(outputs)
    }

    /// The seed of a parameter of this name.
    package static func seed(_ name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
