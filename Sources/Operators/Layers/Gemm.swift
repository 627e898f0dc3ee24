package import Graph
package import Torch

/// y = alpha A B + beta C for matrices A [m, k] and B [k, n], either of them optionally transposed.
///
/// C is optional and broadcasts to [m, n]. A fully connected layer is B = weight [out, in] with transB.
package struct Gemm: Operator {
    package static let type = "Gemm"

    /// The factor of the product.
    package let alpha: Float
    /// The factor of C.
    package let beta: Float
    /// Whether A is given as [k, m].
    package let transposesLeft: Bool
    /// Whether B is given as [n, k].
    package let transposesRight: Bool

    package init(attributes: Attributes, signature: OperatorSignature) throws {
        alpha = try attributes.float("alpha", default: 1)
        beta = try attributes.float("beta", default: 1)
        transposesLeft = try attributes.integer("transA", default: 0) != 0
        transposesRight = try attributes.integer("transB", default: 0) != 0
    }

    package var attributes: Attributes {
        var result: Attributes = [:]
        if alpha != 1 { result["alpha"] = .float(alpha) }
        if beta != 1 { result["beta"] = .float(beta) }
        if transposesLeft { result["transA"] = .integer(1) }
        if transposesRight { result["transB"] = .integer(1) }
        return result
    }

    // Positions of the axes of A and B.
    private var leftRows: Int { transposesLeft ? 1 : 0 }
    private var leftInner: Int { transposesLeft ? 0 : 1 }
    private var rightInner: Int { transposesRight ? 1 : 0 }
    private var rightColumns: Int { transposesRight ? 0 : 1 }

    package var biasInput: Int? { beta == 1 ? 2 : nil }

    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (left, right) = (try inputs.type(0), try inputs.type(1))
        try ElementDomain.real.require(left.element)
        try left.requireRank(2...2, "the left matrix")
        try right.requireRank(2...2, "the right matrix")
        try right.requireElement(left.element, "the right matrix")
        guard left.shape[leftInner] == right.shape[rightInner] else {
            throw GraphError(
                "matrices \(left.shape)\(transposesLeft ? "^T" : "") and \(right.shape)\(transposesRight ? "^T" : "") do not fit"
            )
        }
        let shape = [left.shape[leftRows], right.shape[rightColumns]]
        if let addend = inputs.optionalType(2) {
            try addend.requireElement(left.element, "the addend")
            guard try Broadcasting.shape([addend.shape, shape]) == shape else {
                throw GraphError("the addend \(addend.shape) does not broadcast to \(shape)")
            }
        }
        return [try .output(left.element, shape)]
    }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (left, right) = (try inputs.required(0), try inputs.required(1))
        guard left.rank == 2, right.rank == 2 else {
            throw GraphError("\(left.shape) and \(right.shape) are not matrices")
        }
        let addend = inputs.optional(2)
        let first = transposesLeft ? try left.permuted([1, 0]) : left
        if alpha == 1, beta == 1, transposesRight, addend?.rank ?? 1 == 1 {
            return [try first.linear(weight: right, bias: addend)]
        }
        let second = transposesRight ? try right.permuted([1, 0]) : right
        var result = try first.matrixMultiplied(by: second)
        if alpha != 1 { result = try result.applying(.multiplied(Double(alpha))) }
        if let addend, beta != 0 {
            result = try result.adding(
                beta == 1 ? addend : addend.applying(.multiplied(Double(beta))))
        }
        return [result]
    }

    package func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        var links = [
            AxisLink(.input(1, rightColumns), .output(0, 1), role: .producer),
            AxisLink(.input(0, leftRows), .output(0, 0), role: .producer),
            AxisLink(.input(1, rightInner), .input(0, leftInner), role: .consumer),
            AxisLink(.input(0, leftInner), .input(1, rightInner), role: .consumer),
        ]
        if let addend = inputs.optionalType(2), let output = outputs.first {
            links += Broadcasting.links(input: 2, addend.shape, output: output.shape, role: .bias)
        }
        return links
    }

    package func linearLayer(_ inputs: OperatorInputs) throws -> LinearLayer? {
        guard alpha == 1, !transposesLeft, inputs.constant(1) != nil else { return nil }
        return LinearLayer(
            biasInput: biasInput, weightOutputAxis: rightColumns, outputAxis: 1, pointwise: self)
    }

    package func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let left = inputs.optionalType(0), left.rank == 2, let output = outputs.first else {
            return OperatorCost()
        }
        return OperatorCost(
            multiplyAccumulates: Checked.saturatingProduct(output.shape + [left.shape[leftInner]]))
    }
}
