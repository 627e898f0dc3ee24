package import Graph
package import Torch

/// Runs one of two subgraphs, chosen by a truth value, and returns its outputs.
package struct If: ControlOperator {
    package static let type = "If"

    private let whenTrue: any Subgraph
    private let whenFalse: any Subgraph
    private let outputCount: Int

    package init(
        attributes: Attributes, subgraphs: [String: any Subgraph], capturedCount: Int,
        signature: OperatorSignature
    ) throws {
        guard let whenTrue = subgraphs["then_branch"], let whenFalse = subgraphs["else_branch"],
            subgraphs.count == 2
        else { throw GraphError("attributes then_branch and else_branch must hold graphs") }
        (self.whenTrue, self.whenFalse) = (whenTrue, whenFalse)
        outputCount = signature.outputCount
        guard signature.inputCount == capturedCount + 1,
            [whenTrue, whenFalse].allSatisfy({ $0.inputCount == 0 && $0.outputCount >= outputCount })
        else { throw GraphError("the branches do not fit the inputs and outputs") }
    }

    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        ControlFlow.unknownTypes(outputCount, inputs)
    }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let branch = try inputs.required(0).scalar() != 0 ? whenTrue : whenFalse
        return try branch.run([], captured: Array(inputs.dropFirst()))
    }

    package func decisiveValues(of input: Int, _ inputs: OperatorInputs) throws -> [Int] {
        input == 0 ? [0, 1] : []
    }
}

/// The common part of operators with subgraphs.
enum ControlFlow {
    /// The types of outputs that are unknown until the subgraphs run.
    static func unknownTypes(_ count: Int, _ inputs: OperatorInputs) -> [TensorType] {
        for index in 0..<inputs.count { _ = inputs.optionalType(index) }
        return [TensorType](repeating: .unknown, count: count)
    }

    /// Returns slices of an axis, each without it, joined along an axis.
    static func stacked(_ slices: [Tensor], axis: Int) throws -> Tensor {
        guard let first = slices.first else { throw GraphError("no iteration has made an output") }
        let place = try Checked.axis(axis, rank: first.rank + 1)
        var shape = first.shape
        shape.insert(1, at: place)
        return try Tensor.concatenated(
            slices.map { slice in
                guard slice.shape == first.shape else {
                    throw GraphError(
                        "outputs \(first.shape) and \(slice.shape) of iterations differ in shape")
                }
                return try slice.reshaped(shape)
            }, axis: place)
    }

    /// Returns one slice of an axis, without it.
    static func slice(_ tensor: Tensor, axis: Int, at position: Int) throws -> Tensor {
        var shape = tensor.shape
        shape.remove(at: axis)
        return try tensor.sliced(axis: axis, position..<(position + 1)).reshaped(shape)
    }
}
