package import Graph
package import Torch

/// An If whose branches are computed before it: returns the outputs of one of them, depending on the
/// condition.
///
/// The inputs are the condition, the outputs of the first branch and those of the second, in the same order.
/// It exists in graphs only; in a file it is an If again.
package struct BranchChoice: Operator {
    package static let type = "If"
    /// Its own domain keeps it apart from nodes of files.
    package static let domain = "intrafusion"

    private let outputCount: Int

    package init(attributes: Attributes, signature: OperatorSignature) throws {
        outputCount = signature.outputCount
        guard signature.inputCount == 1 + 2 * outputCount else {
            throw GraphError("has \(signature.inputCount) inputs for \(outputCount) outputs")
        }
    }

    package var attributes: Attributes { [:] }

    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let condition = try inputs.type(0)
        guard condition.count == 1 else {
            throw GraphError("the condition must have one element, got \(condition)")
        }
        return try (0..<outputCount).map { index in
            let (one, other) = (try inputs.type(1 + index), try inputs.type(1 + outputCount + index))
            guard one == other else {
                throw GraphError("the branches make \(one) and \(other)")
            }
            return one
        }
    }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let isTrue = try inputs.required(0).scalar() != 0
        return try (0..<outputCount).map { try inputs.required((isTrue ? 1 : 1 + outputCount) + $0) }
    }

    package func decisiveValues(of input: Int, _ inputs: OperatorInputs) throws -> [Int] {
        input == 0 ? [0, 1] : []
    }

    package func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        outputs.enumerated().flatMap { index, type in
            [1 + index, 1 + outputCount + index].flatMap {
                AxisLink.allSame(.input($0), .output(index), axes: type.shape.indices)
            }
        }
    }
}
