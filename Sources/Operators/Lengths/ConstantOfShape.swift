internal import Graph
internal import Torch

/// One value, 0 by default, in a given shape.
struct ConstantOfShape: Operator {
    static let type = "ConstantOfShape"

    private let value: Tensor?

    init(attributes: Attributes, signature: OperatorSignature) throws {
        value = try attributes.tensor("value")
        if let value, value.count != 1 {
            throw GraphError("attribute value must have one element, got shape \(value.shape)")
        }
    }

    var attributes: Attributes { value.map { ["value": .tensor($0)] } ?? [:] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        [try .output(value?.type ?? .float32, inputs.integers(0))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let shape = try inputs.required(0).integers()
        let type = try TensorType.output(value?.type ?? .float32, shape)
        let scalar = try value?.reshaped([]) ?? Tensor(repeating: 0, shape: [])
        return [try scalar.expanded(to: type.shape)]
    }

    /// All elements are the same, so any of them can be removed.
    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        outputs.first.map { AxisLink.allSame(.output(0), .output(0), axes: $0.shape.indices) } ?? []
    }

    func resizedConstants(_ change: AxisChange) throws -> [Int: Tensor] {
        let axes = change.outputs.first?.shape.indices ?? 0..<0
        return [0: try Tensor(axes.map { try change.lengthAfter(.output(0, $0)) })]
    }
}
