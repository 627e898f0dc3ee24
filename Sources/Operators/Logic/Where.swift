internal import Graph
internal import Torch

/// Elements of x where a condition is true, of y elsewhere; all three broadcast.
struct Where: Operator {
    static let type = "Where"

    init(attributes: Attributes, signature: OperatorSignature) throws {}

    var attributes: Attributes { [:] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (condition, first, second) = (try inputs.type(0), try inputs.type(1), try inputs.type(2))
        try condition.requireElement(.bool, "the condition")
        try second.requireElement(first.element, "the second choice")
        return [
            try .output(
                first.element, Broadcasting.shape([condition.shape, first.shape, second.shape]))
        ]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try inputs.required(0).choosing(inputs.required(1), inputs.required(2))]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        guard let output = outputs.first?.shape else { return [] }
        // Truth values per channel cannot be merged.
        let roles: [MemberRole?] = [nil, .bias, .bias]
        return try roles.enumerated().flatMap {
            Broadcasting.links(
                input: $0.offset, try inputs.type($0.offset).shape, output: output, role: $0.element)
        }
    }
}
