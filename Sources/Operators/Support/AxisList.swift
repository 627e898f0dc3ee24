internal import Graph
internal import Torch

/// Axes that an attribute names before some version of the standard, and input 1 after it.
struct AxisList: Hashable, Sendable {
    /// The axes of the attribute.
    let fixed: [Int]?
    /// Whether the axes are an input.
    let isInput: Bool

    /// Reads the attribute `axes` if this version has it.
    init(_ attributes: Attributes, _ signature: OperatorSignature, inputSince set: Int) throws(GraphError) {
        isInput = signature.operatorSet >= set
        fixed = isInput ? nil : try attributes.integers("axes")
    }

    /// What differs from the defaults.
    var attributes: Attributes { fixed.map { ["axes": .integers($0)] } ?? [:] }

    /// Returns the requested axes, or nil if none are named.
    func requested(_ inputs: OperatorInputs) throws -> [Int]? {
        isInput && inputs.optionalType(1) != nil ? try inputs.integers(1) : fixed
    }

    /// Returns the requested axes, or nil if none are named.
    func requested(_ inputs: [Tensor?]) throws -> [Int]? {
        isInput ? try inputs.optional(1)?.integers() : fixed
    }

    /// Returns axes counted from 0, ascending.
    ///
    /// - Throws: `GraphError` for an axis that does not exist or is named twice.
    static func resolved(_ axes: [Int], rank: Int) throws(GraphError) -> [Int] {
        var result: Set<Int> = []
        for axis in axes {
            guard result.insert(try Checked.axis(axis, rank: rank)).inserted else {
                throw GraphError("an axis is named twice: \(axes)")
            }
        }
        return result.sorted()
    }
}
