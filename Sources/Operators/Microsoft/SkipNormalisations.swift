internal import Graph
internal import Torch

/// Layer normalisation along the last axis of a sum of the input, a skip connection and an optional bias.
///
/// The inputs are x [..., c], the skip (x's shape, or broadcast to it), scale [c], shift [c] and bias [c]. Further outputs are
/// the means, 1 / sqrt(variance + epsilon), and the sum.
struct SkipLayerNormalization: SkipNormalisation {
    static let type = "SkipLayerNormalization"
    static let usualEpsilon: Float = 1e-12
    static let shiftInput: Int? = 3
    static let biasInput = 4
    let sum: SkipSum

    static func centred(_ sum: Tensor, mean: Tensor) throws -> Tensor { try sum.subtracting(mean) }
}

/// The same with division by the root of the mean square, and without a shift.
struct SkipSimplifiedLayerNormalization: SkipNormalisation {
    static let type = "SkipSimplifiedLayerNormalization"
    static let usualEpsilon: Float = 1e-6
    static let shiftInput: Int? = nil
    static let biasInput = 3
    let sum: SkipSum

    static func centred(_ sum: Tensor, mean: Tensor) throws -> Tensor { sum }
}

/// The attributes and the number of outputs of a normalised sum.
struct SkipSum: Sendable {
    let epsilon: Float
    let outputCount: Int
}

/// A normalisation of the sum of an input and a skip connection.
protocol SkipNormalisation: Operator {
    /// The number added to the variance if the attribute is absent.
    static var usualEpsilon: Float { get }
    /// The input that is added after the normalisation.
    static var shiftInput: Int? { get }
    /// The input that is added before.
    static var biasInput: Int { get }
    /// The attributes.
    var sum: SkipSum { get }

    init(sum: SkipSum)

    /// Returns the tensor to divide by the root of its mean square.
    static func centred(_ sum: Tensor, mean: Tensor) throws -> Tensor
}

extension SkipNormalisation {
    static var domain: String { Microsoft.domain }

    init(attributes: Attributes, signature: OperatorSignature) throws {
        self.init(
            sum: SkipSum(
                epsilon: try attributes.float("epsilon", default: Self.usualEpsilon),
                outputCount: signature.outputCount))
        guard sum.epsilon >= 0, sum.epsilon.isFinite, sum.outputCount <= 4 else {
            throw GraphError("attribute epsilon must not be negative, and there are at most 4 outputs")
        }
    }

    var attributes: Attributes { sum.epsilon == Self.usualEpsilon ? [:] : ["epsilon": .float(sum.epsilon)] }

    /// The inputs [c] with their roles.
    private static var parameters: [(input: Int, role: MemberRole)] {
        [(2, .perChannel)] + (shiftInput.map { [($0, .bias)] } ?? []) + [(biasInput, .bias)]
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, skip) = (try inputs.type(0), try inputs.type(1))
        try ElementDomain.real.require(input.element)
        guard let width = input.shape.last, width > 0 else {
            throw GraphError("nothing to normalise in shape \(input.shape)")
        }
        try skip.requireElement(input.element, "the skip connection")
        guard try Broadcasting.shape([skip.shape, input.shape]) == input.shape, skip.shape.last == width
        else {
            throw GraphError("a skip connection of \(skip.shape) does not fit \(input.shape)")
        }
        _ = try inputs.type(2)
        for (index, _) in Self.parameters {
            try inputs.optionalType(index)?.requireShape([width], "input \(index)")
            try inputs.optionalType(index)?.requireElement(input.element, "input \(index)")
        }
        let output = try TensorType.output(input.element, input.shape)
        let statistics = TensorType(.float32, input.shape.dropLast() + [1])
        return Array([output, statistics, statistics, output].prefix(max(sum.outputCount, 1)))
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        var total = try input.inSinglePrecision().adding(inputs.required(1).inSinglePrecision())
        if let bias = inputs.optional(Self.biasInput) { total = try total.adding(bias.inSinglePrecision()) }
        let last = [input.rank - 1]
        let mean = try total.reduced(.mean, axes: last, keepingAxes: true)
        let centred = try Self.centred(total, mean: mean)
        let scale = try centred.multiplied(by: centred).reduced(.mean, axes: last, keepingAxes: true)
            .applying(.adding(Double(sum.epsilon))).applying(.power(-0.5))
        var result = try centred.multiplied(by: scale)
            .multiplied(by: inputs.required(2).inSinglePrecision())
        if let shift = Self.shiftInput.flatMap(inputs.optional) {
            result = try result.adding(shift.inSinglePrecision())
        }
        return try Array(
            [
                result.converted(to: input.type), mean.converted(to: .float32), scale.converted(to: .float32),
                total.converted(to: input.type),
            ].prefix(max(sum.outputCount, 1)))
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        guard let output = outputs.first?.shape else { return [] }
        var links = AxisLink.allSame(.input(0), .output(0), axes: output.indices)
        links += Broadcasting.links(input: 1, try inputs.type(1).shape, output: output, role: nil)
        for (index, role) in Self.parameters where inputs.optionalType(index) != nil {
            links.append(AxisLink(.input(index, 0), .output(0, output.count - 1), role: role))
        }
        if outputs.count > 3 { links += AxisLink.allSame(.output(3), .output(0), axes: output.indices) }
        return links
            + outputs.indices.dropFirst().prefix(2).flatMap {
                AxisLink.allSame(.output($0), .output(0), axes: output.indices.dropLast())
            }
    }
}
