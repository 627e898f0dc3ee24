public import Torch

/// The types of a node's inputs, and the values of those that are constants.
public struct OperatorInputs: Sendable {
    /// The types; nil for an absent optional input.
    public let types: [TensorType?]
    private let constants: [Tensor?]
    private var questions: Questions<Int>?

    /// Makes inputs from types and, where known, constant values.
    public init(types: [TensorType?], constants: [Tensor?] = []) {
        self.types = types
        self.constants = constants
    }

    /// Makes fully known inputs.
    init(_ tensors: [Tensor?]) {
        self.init(types: tensors.map { $0?.tensorType }, constants: tensors)
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
        questions?.note(index)
        return types.indices.contains(index) ? types[index] : nil
    }

    /// Returns the value of an input if it is a constant.
    public func constant(_ index: Int) -> Tensor? {
        questions?.note(index)
        return constants.indices.contains(index) ? constants[index] : nil
    }

    /// Returns the value of an input.
    ///
    /// - Throws: `GraphError` if it is unknown until the graph runs.
    public func value(_ index: Int) throws(GraphError) -> Tensor {
        _ = try type(index)
        guard let tensor = constant(index) else {
            throw GraphError(
                "input \(index) is unknown until the network runs", isLimitation: true, awaitsRun: true)
        }
        return tensor
    }

    /// Returns the integers of an input whose value is known.
    ///
    /// - Throws: `GraphError` if it is unknown until the graph runs.
    public func integers(_ index: Int) throws -> [Int] { try value(index).integers() }

    /// Runs a body that must read every present input: unread ones count as unsupported.
    ///
    /// - Throws: `GraphError` naming the first input that was not read.
    func understood<Result>(by body: (OperatorInputs) throws -> Result) throws -> Result {
        var asked = self
        let questions = Questions<Int>()
        asked.questions = questions
        let result = try body(asked)
        if let index = types.indices.first(where: { types[$0] != nil && !questions.contain($0) }) {
            throw GraphError("input \(index) is not supported", isLimitation: true)
        }
        return result
    }
}
