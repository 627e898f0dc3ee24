internal import Graph
internal import Torch

/// The remainder of x / y, with the sign of y, or that of x with `fmod` = 1 (which floats need).
struct Mod: Operator {
    static let type = "Mod"

    private let truncates: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        truncates = try attributes.integer("fmod", default: 0) != 0
    }

    var attributes: Attributes { truncates ? ["fmod": .integer(1)] : [:] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (left, right) = (try inputs.type(0), try inputs.type(1))
        try ElementDomain.number.require(left.element)
        try right.requireElement(left.element, "the divisor")
        if !right.element.isFloatingPoint, try inputs.constant(1)?.integers().contains(0) == true {
            throw GraphError("the divisor is 0")
        }
        return [try .output(left.element, Broadcasting.shape([left.shape, right.shape]))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [
            try inputs.required(0)
                .combined(truncates ? .remainder : .floorModulo, inputs.required(1))
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        guard let output = outputs.first?.shape else { return [] }
        return try (0..<2).flatMap {
            Broadcasting.links(input: $0, try inputs.type($0).shape, output: output, role: nil)
        }
    }
}
