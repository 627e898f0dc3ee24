public import Graph
internal import Operators
internal import Torch

/// Adds the layers of a network one after the other, and asks for each one's parameters.
public struct NetworkBuilder {
    /// A layer's output: a value of the graph, and the layer that made it.
    public struct Features: Sendable {
        /// The value.
        public let value: ValueID
        /// The shape `[1, channels, height, width]` or `[1, channels]`.
        public let shape: [Int]
        /// The layer that decides the number of channels.
        public let origin: String

        /// The number of channels.
        public var channels: Int { shape[1] }
        /// The number of rows and columns; empty for a vector.
        public var lengths: [Int] { Array(shape.dropFirst(2)) }
    }

    /// Whether a layer has a bias.
    public enum Bias: Sendable, Hashable {
        /// It has one.
        case always
        /// It has one by definition; a stored network may do without, if all its convolutions do.
        case inAllOrNone
        /// It has none by definition; a stored one is used, since compression may add it.
        case optional

        var isDefault: Bool { self != .optional }
    }

    /// The images.
    public let input: Features
    private let classes: Int
    private var graph: Graph
    private var source: any ParameterSource

    init(name: String, source: some ParameterSource, classes: Int, imageSize: SpatialSize) throws {
        guard (1...1_000_000).contains(classes) else {
            throw ModelError.option(
                "the number of classes", expected: "in 1...1000000", got: "\(classes)")
        }
        for length in [imageSize.height, imageSize.width] where !(1...65536).contains(length) {
            throw ModelError.option(
                "the size of the images", expected: "in 1...65536", got: "\(imageSize)")
        }
        self.classes = classes
        self.source = source
        graph = Graph(name: name)
        let shape = [1, source.inputChannels, imageSize.height, imageSize.width]
        let value = try graph.addInput("input", TensorType(.float32, shape))
        input = Features(value: value, shape: shape, origin: "the image")
    }

    func finish() throws -> Graph {
        try source.finish()
        try graph.verify()
        return graph
    }

    // MARK: Layers with parameters

    /// Adds a convolution with a square kernel.
    ///
    /// - Parameters:
    ///   - key: The key of its parameters without ".weight", which becomes the node's name.
    ///   - features: The input.
    ///   - outputs: The number of output channels by definition; that of a stored weight takes precedence.
    public mutating func convolution(
        _ key: String, _ features: Features, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
        groups: Int = 1, bias: Bias
    ) throws -> Features {
        let parameters = try source.layer(
            LayerRequest(
                key: key, inputs: features.channels, origin: features.origin, outputs: outputs,
                isScaled: true, kernel: [kernel, kernel], groups: groups, bias: bias))
        let inputs = try [features.value] + add(parameters, key + ".")
        var attributes = window(kernel: kernel, stride: stride, padding: padding)
        if parameters.groups > 1 { attributes["group"] = .integer(parameters.groups) }
        return try node("Conv", key, inputs, attributes, origin: key)
    }

    /// Adds a batch-norm, or nothing if a stored network has it folded into the convolution.
    public mutating func batchNormalisation(
        _ key: String, _ features: Features, epsilon: Double = 1e-5
    ) throws -> Features {
        guard let parameters = try source.normalisation(key, channels: features.channels) else {
            return features
        }
        var inputs = [features.value]
        for (name, tensor) in zip(NormalisationParameters.names, parameters.tensors) {
            inputs.append(try graph.addParameter("\(key).\(name)", tensor))
        }
        let attributes: Attributes = epsilon == 1e-5 ? [:] : ["epsilon": .float(Float(epsilon))]
        return try node("BatchNormalization", key, inputs, attributes, origin: features.origin)
    }

    /// Adds a fully connected layer.
    ///
    /// - Parameter separator: The text between the key and "weight" or "bias".
    public mutating func linear(
        _ key: String, _ features: Features, outputs: Int, bias: Bias = .always, separator: String = "."
    ) throws -> Features {
        try linear(key, features, outputs: outputs, isScaled: true, bias: bias, separator: separator)
    }

    /// Adds the fully connected layer that makes the network's output.
    public mutating func classifier(_ key: String, _ features: Features, bias: Bias = .always) throws {
        let logits = try linear(
            key, features, outputs: classes, isScaled: false, bias: bias, output: "output")
        graph.setOutputs([logits.value])
    }

    private mutating func linear(
        _ key: String, _ features: Features, outputs: Int, isScaled: Bool, bias: Bias, output: String? = nil,
        separator: String = "."
    ) throws -> Features {
        let parameters = try source.layer(
            LayerRequest(
                key: key, inputs: features.channels, origin: features.origin, outputs: outputs,
                isScaled: isScaled, kernel: [], groups: 1, bias: bias, separator: separator))
        let inputs = try [features.value] + add(parameters, key + separator)
        return try node("Gemm", key, inputs, ["transB": .integer(1)], origin: key, output: output)
    }

    private mutating func add(_ parameters: LayerParameters, _ prefix: String) throws -> [ValueID] {
        var values = [try graph.addParameter(prefix + "weight", parameters.weight)]
        if let bias = parameters.bias { values.append(try graph.addParameter(prefix + "bias", bias)) }
        return values
    }

    /// Adds a tensor that belongs to neither a layer nor a batch-norm.
    mutating func parameter(_ key: String, _ shape: [Int], of features: Features, value: Double) throws
        -> ValueID
    {
        try graph.addParameter(
            key, source.tensor(key, shape, origin: features.origin, value: value))
    }

    /// Adds a constant of the definition, which no state dictionary has.
    mutating func constant(_ name: String, _ tensor: Tensor) throws -> ValueID {
        try graph.addParameter(name + Graph.constantMark, tensor)
    }

    // MARK: Nodes

    /// Adds two streams.
    ///
    /// - Throws: `GraphError` if new streams differ in shape.
    public mutating func sum(_ name: String, _ first: Features, _ second: Features) throws -> Features {
        if first.channels != second.channels, source.passesOver(first, second) { return first }
        return try node("Add", name, [first.value, second.value], origin: first.origin)
    }

    /// Adds an operator without parameters.
    mutating func operation(
        _ type: String, _ name: String, _ features: Features, _ attributes: Attributes = [:]
    ) throws -> Features {
        try node(type, name, [features.value], attributes, origin: features.origin)
    }

    /// Adds an operator.
    mutating func node(
        _ type: String, _ name: String, _ inputs: [ValueID], _ attributes: Attributes = [:], origin: String,
        output: String? = nil
    ) throws -> Features {
        let op = try OperatorRegistry.make(type, attributes: attributes, inputCount: inputs.count)
        let outputs = try graph.addNode(op, inputs, name: name, outputNames: [output ?? name])
        guard let value = outputs.first else { throw GraphError("has no output", node: name) }
        return Features(value: value, shape: graph[value].type.shape, origin: origin)
    }

    /// Returns the attributes of a square window.
    func window(kernel: Int, stride: Int, padding: Int) -> Attributes {
        var attributes: Attributes = [
            "kernel_shape": .integers([kernel, kernel]), "strides": .integers([stride, stride]),
        ]
        if padding > 0 { attributes["pads"] = .integers([Int](repeating: padding, count: 4)) }
        return attributes
    }
}
