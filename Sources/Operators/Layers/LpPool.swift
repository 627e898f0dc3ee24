internal import Graph
internal import Torch

/// The p-norm of each window over the spatial axes of [n, c, ...]: (sum of |x|^p)^(1 / p).
struct LpPool: Operator {
    static let type = "LpPool"

    private let pooling: PoolingAttributes
    private let power: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        pooling = try PoolingAttributes(attributes)
        power = try PowerSums.power(attributes)
    }

    var attributes: Attributes {
        var result = pooling.attributes
        if power != 2 { result["p"] = .integer(power) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        [try pooling.inferredType(inputs.type(0))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let plan = try pooling.plan(for: input.shape)
        let padded = try PowerSums.powers(input, power).padded(plan.amounts())
        let shape = padded.shape
        let ones = try Tensor(
            repeating: 1, shape: [1, 1] + plan.window.kernel, type: padded.type, device: input.device)
        let geometry = Tensor.ConvolutionGeometry(
            stride: plan.window.strides, padding: plan.window.kernel.map { _ in 0 },
            dilation: plan.window.dilations)
        let sums = try padded.reshaped([Checked.product([shape[0], shape[1]]), 1] + shape[2...])
            .convolved(weight: ones, bias: nil, geometry: geometry)
        // What remains after the last position of a window is not part of the output.
        return [
            try PowerSums.root(sums.reshaped(Array(shape[..<2]) + sums.shape[2...]), power)
                .converted(to: input.type)
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: 0..<2)
    }
}

/// The p-norm over all spatial axes of [n, c, ...], which are kept with length 1.
struct GlobalLpPool: Operator {
    static let type = "GlobalLpPool"

    private let power: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        power = try PowerSums.power(attributes)
    }

    var attributes: Attributes { power == 2 ? [:] : ["p": .integer(power)] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        guard input.rank >= 3 else { throw GraphError("a pooling cannot take shape \(input.shape)") }
        return [try .output(input.element, input.shape[..<2] + input.shape[2...].map { _ in 1 })]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        guard input.rank >= 3 else { throw GraphError("a pooling cannot take shape \(input.shape)") }
        let sums = try PowerSums.powers(input, power)
            .reduced(.sum, axes: Array(2..<input.rank), keepingAxes: true)
        return [try PowerSums.root(sums, power).converted(to: input.type)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: 0..<2)
    }
}

/// Sums of powers, as in a norm.
private enum PowerSums {
    static func power(_ attributes: Attributes) throws(GraphError) -> Int {
        let power = try attributes.integer("p", default: 2)
        guard (1...64).contains(power) else {
            throw GraphError("attribute p must be in 1...64, got \(power)")
        }
        return power
    }

    static func powers(_ input: Tensor, _ power: Int) throws -> Tensor {
        let absolute = try input.inSinglePrecision().applying(.absolute)
        return try power == 1 ? absolute : absolute.applying(.power(Double(power)))
    }

    static func root(_ sums: Tensor, _ power: Int) throws -> Tensor {
        try power == 1 ? sums : sums.applying(.power(1 / Double(power)))
    }
}
