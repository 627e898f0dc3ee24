public import Torch

/// The types of a node's inputs, and the values of those that are constants.
public struct OperatorInputs: Sendable {
    /// The types; nil for an absent optional input.
    public let types: [TensorType?]
    private let constants: [Tensor?]

    /// Makes inputs from types and, where known, constant values.
    public init(types: [TensorType?], constants: [Tensor?] = []) {
        self.types = types
        self.constants = constants
    }

    /// The number of inputs, absent ones included.
    public var count: Int { types.count }

    /// Returns the type of a required input.
    public func type(_ index: Int) throws(GraphError) -> TensorType {
        guard let type = optionalType(index) else { throw GraphError("input \(index) is missing") }
        return type
    }

    /// Returns the type of an optional input.
    public func optionalType(_ index: Int) -> TensorType? {
        types.indices.contains(index) ? types[index] : nil
    }

    /// Returns the value of an input if it is a constant.
    public func constant(_ index: Int) -> Tensor? {
        constants.indices.contains(index) ? constants[index] : nil
    }

    /// Returns the integers of a constant input.
    ///
    /// - Throws: `GraphError` where the input is not a constant.
    public func integers(_ index: Int) throws -> [Int] {
        guard let tensor = constant(index) else {
            throw GraphError("input \(index) must be a constant", isLimitation: true)
        }
        return try tensor.integers()
    }
}
