internal import Graph
internal import Torch

/// Normally distributed numbers in a shape given by an attribute.
struct RandomNormal: ShapedRandom {
    static let type = "RandomNormal"
    let draw: RandomDraw
    let shape: [Int]
    static let distribution = RandomDraw.Distribution.normal
}

/// Uniformly distributed numbers in a shape given by an attribute.
struct RandomUniform: ShapedRandom {
    static let type = "RandomUniform"
    let draw: RandomDraw
    let shape: [Int]
    static let distribution = RandomDraw.Distribution.uniform
}

/// Normally distributed numbers in the shape of the input.
struct RandomNormalLike: Operator {
    static let type = "RandomNormalLike"

    private let draw: RandomDraw

    init(attributes: Attributes, signature: OperatorSignature) throws {
        draw = try RandomDraw(attributes, .normal)
    }

    var attributes: Attributes { draw.attributes }

    /// Only lengths are read.
    var freezesUnlinkedInputs: Bool { false }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        return [try draw.type(input.shape, like: input.element)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        return [try draw.numbers(draw.type(input.shape, like: input.type), context, on: input.device)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: try inputs.type(0).shape.indices)
    }
}

/// The attributes of random numbers.
struct RandomDraw: Sendable {
    /// The distribution.
    enum Distribution: Sendable {
        case normal, uniform

        /// The names of the two parameters, and their defaults.
        var parameters: [(name: String, value: Float)] {
            switch self {
            case .normal: [("mean", 0), ("scale", 1)]
            case .uniform: [("low", 0), ("high", 1)]
            }
        }
    }

    private let distribution: Distribution
    private let parameters: [Float]
    private let element: DType?
    private let seed: Float?

    init(_ attributes: Attributes, _ distribution: Distribution) throws(GraphError) {
        self.distribution = distribution
        var values: [Float] = []
        for (name, fallback) in distribution.parameters {
            values.append(try attributes.float(name, default: fallback))
        }
        parameters = values
        element = try attributes.elementType("dtype")
        seed = try attributes.optionalFloat("seed")
        guard element?.isFloatingPoint ?? true else {
            throw GraphError("attribute dtype must name a floating-point type")
        }
    }

    /// What differs from the defaults.
    var attributes: Attributes {
        var result: Attributes = [:]
        for (value, (name, fallback)) in zip(parameters, distribution.parameters) where value != fallback {
            result[name] = .float(value)
        }
        if let element { result["dtype"] = .integer(ElementCode.code(element)) }
        if let seed { result["seed"] = .float(seed) }
        return result
    }

    /// Returns the type of numbers in a shape.
    func type(_ shape: [Int], like other: DType? = nil) throws(GraphError) -> TensorType {
        let type = try TensorType.output(element ?? other ?? .float32, shape)
        guard type.element.isFloatingPoint else {
            throw GraphError("cannot draw elements of \(type.element)")
        }
        try Checked.requireMade(shape)
        return type
    }

    /// Draws numbers that depend only on the seed.
    func numbers(_ type: TensorType, _ context: EvaluationContext, on device: Device) throws -> Tensor {
        let own = seed.map { UInt64($0.bitPattern) &* 0x9E37_79B9_7F4A_7C15 } ?? context.seed
        let (first, second) = (Double(parameters[0]), Double(parameters[1]))
        let factor = distribution == .normal ? second : second - first
        return try Tensor(
            random: distribution == .normal ? .normal : .uniform, shape: type.shape, seed: own
        ).applying(.multiplied(factor)).applying(.adding(first)).converted(to: type.element).moved(to: device)
    }
}

/// Random numbers in a shape given by an attribute.
protocol ShapedRandom: Operator {
    /// The distribution and its parameters.
    var draw: RandomDraw { get }
    /// The shape.
    var shape: [Int] { get }
    /// The distribution.
    static var distribution: RandomDraw.Distribution { get }

    init(draw: RandomDraw, shape: [Int])
}

extension ShapedRandom {
    init(attributes: Attributes, signature: OperatorSignature) throws {
        guard let shape = try attributes.integers("shape") else {
            throw GraphError("attribute shape is missing")
        }
        self.init(draw: try RandomDraw(attributes, Self.distribution), shape: shape)
    }

    var attributes: Attributes {
        var result = draw.attributes
        result["shape"] = .integers(shape)
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] { [try draw.type(shape)] }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try draw.numbers(draw.type(shape), context, on: .cpu)]
    }
}
