package import Graph
package import Torch

/// An operator that combines two tensors element by element, with NumPy's broadcasting.
package protocol BinaryOperator: Operator {
    /// What a parameter on either side is to the channels.
    static var role: MemberRole { get }

    /// How the right operand is aligned before version 7.
    var legacyAxis: LegacyBroadcast { get }

    /// Combines two tensors of the same element type.
    static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor
}

extension BinaryOperator {
    package var attributes: Attributes { legacyAxis.attributes }

    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (left, right) = (try inputs.type(0), try inputs.type(1))
        try right.requireElement(left.element, "the right operand")
        let aligned = try legacyAxis.aligned(right.shape, to: left.shape)
        return [try .output(left.element, Broadcasting.shape([left.shape, aligned]))]
    }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (left, right) = (try inputs.required(0), try inputs.required(1))
        let aligned = try legacyAxis.aligned(right.shape, to: left.shape)
        return [try Self.combine(left, aligned == right.shape ? right : right.reshaped(aligned))]
    }

    package func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        guard let output = outputs.first?.shape else { return [] }
        let (left, right) = (try inputs.type(0).shape, try inputs.type(1).shape)
        let aligned = try legacyAxis.aligned(right, to: left)
        // Trailing axes of length 1 that the alignment appends are not the operand's own.
        return Broadcasting.links(input: 0, left, output: output, role: Self.role)
            + Broadcasting.links(
                input: 1, aligned, output: output, role: Self.role, axes: 0..<right.count)
    }
}

/// The alignment of the right operand before version 7: `broadcast` = 1 puts its first axis at `axis`.
package struct LegacyBroadcast: Sendable, Hashable {
    private let axis: Int?
    private let broadcasts: Bool

    init(_ attributes: Attributes, _ signature: OperatorSignature) throws(GraphError) {
        let requested = try attributes.integer("broadcast", default: 0) != 0
        broadcasts = requested && signature.operatorSet < 7
        axis = broadcasts && attributes["axis"] != nil ? try attributes.integer("axis", default: 0) : nil
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if broadcasts { result["broadcast"] = .integer(1) }
        if let axis { result["axis"] = .integer(axis) }
        return result
    }

    /// Returns the right operand's shape with the axes of length 1 behind it that put it in its place.
    func aligned(_ right: [Int], to left: [Int]) throws(GraphError) -> [Int] {
        guard let axis else { return right }
        let start = try Checked.axis(axis, rank: left.count)
        guard start + right.count <= left.count else {
            throw GraphError("an operand of shape \(right) does not fit \(left) at axis \(start)")
        }
        return right + [Int](repeating: 1, count: left.count - start - right.count)
    }
}
