package import Graph
package import Torch

/// An operator that computes each element of its output from the same element of its first input.
package protocol ElementwiseOperator: Operator {
    /// Applies the function to a tensor.
    func apply(to input: Tensor) throws -> Tensor
}

extension ElementwiseOperator {
    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        return [try .output(input.element, input.shape)]
    }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try apply(to: inputs.required(0))]
    }

    package func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: try inputs.type(0).shape.indices)
    }
}
