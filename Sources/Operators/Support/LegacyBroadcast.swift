internal import Graph

/// The alignment of a right operand before version 7: `broadcast` = 1 puts its first axis at `axis`.
struct LegacyBroadcast: Sendable, Hashable {
    private let axis: Int?
    private let broadcasts: Bool

    /// Reads the attributes, which later versions no longer have.
    init(_ attributes: Attributes, _ signature: OperatorSignature) throws(GraphError) {
        broadcasts = signature.operatorSet < 7 ? try attributes.integer("broadcast", default: 0) != 0 : false
        axis = broadcasts && attributes["axis"] != nil ? try attributes.integer("axis", default: 0) : nil
    }

    /// Whether operands are aligned at their last axes, as in later versions.
    var isAtEnd: Bool { axis == nil }

    /// What differs from the defaults.
    var attributes: Attributes {
        var result: Attributes = [:]
        if broadcasts { result["broadcast"] = .integer(1) }
        if let axis { result["axis"] = .integer(axis) }
        return result
    }

    /// Returns the right operand's shape with the trailing axes of length 1 that align it.
    func aligned(_ right: [Int], to left: [Int]) throws(GraphError) -> [Int] {
        guard let axis else { return right }
        let start = try Checked.axis(axis, rank: left.count)
        guard start + right.count <= left.count else {
            throw GraphError("an operand of shape \(right) does not fit \(left) at axis \(start)")
        }
        return right + [Int](repeating: 1, count: left.count - start - right.count)
    }
}
