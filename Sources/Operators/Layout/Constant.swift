package import Graph
package import Torch

/// A tensor stored in the node itself.
///
/// It is on the CPU. Readers of files should store it as a parameter instead, because later operators only
/// know the elements of parameters.
package struct Constant: Operator {
    package static let type = "Constant"

    /// The tensor.
    package let value: Tensor

    package init(attributes: Attributes, signature: OperatorSignature) throws {
        switch (attributes.names.first, attributes.names.first.flatMap { attributes[$0] }) {
        case ("value", .tensor(let tensor)?): value = tensor
        case ("value_float", .float(let number)?): value = try Tensor([number], shape: [])
        case ("value_floats", .floats(let numbers)?): value = try Tensor(numbers)
        case ("value_int", .integer(let number)?): value = try Tensor([number], shape: [])
        case ("value_ints", .integers(let numbers)?): value = try Tensor(numbers)
        default:
            throw GraphError(
                "needs one of value, value_float, value_floats, value_int and value_ints, got \(attributes.names)"
            )
        }
    }

    package var attributes: Attributes { ["value": .tensor(value)] }

    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] { [value.tensorType] }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [value]
    }
}
