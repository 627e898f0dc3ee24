internal import Graph
internal import Torch

/// Classes drawn with the probabilities softmax(x) of every row of [n, classes]. `[n, samples]`
struct Multinomial: Operator {
    static let type = "Multinomial"

    private let element: DType
    private let seed: Float?
    private let count: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        element = try attributes.elementType("dtype") ?? .int32
        seed = try attributes.optionalFloat("seed")
        count = try attributes.integer("sample_size", default: 1)
        guard count >= 1, element == .int32 || element == .int64 else {
            throw GraphError("sample_size must be positive, dtype int32 or int64")
        }
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if element != .int32 { result["dtype"] = .integer(ElementCode.code(element)) }
        if let seed { result["seed"] = .float(seed) }
        if count != 1 { result["sample_size"] = .integer(count) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        try input.requireRank(2...2, "the input")
        guard input.shape[1] > 0 else { throw GraphError("there is no class to draw") }
        return [try .output(element, [input.shape[0], count])]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let shape = input.shape
        guard shape.count == 2, shape[1] > 0 else { throw GraphError("cannot draw from shape \(shape)") }
        try Checked.requireMade([shape[0], count, shape[1]])
        let sums = try input.converted(to: .float32).softmax(axis: 1).cumulativeSum(axis: 1)
        let seed = seed.map { UInt64($0.bitPattern) } ?? context.seed
        let draw = try Tensor(random: .uniform, shape: [shape[0], count, 1], seed: seed).moved(
            to: input.device)
        // The drawn class is the number of classes whose range ends below the drawn number.
        let passed = try sums.reshaped([shape[0], 1, shape[1]]).combined(.lessOrEqual, draw)
            .converted(to: .float32).reduced(.sum, axes: [2])
        return [
            try passed.applying(.clamp(low: 0, high: Double(shape[1] - 1))).converted(to: element)
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] { [] }
}
