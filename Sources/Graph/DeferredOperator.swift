public import Torch

/// An operator whose output types depend on values that are unknown until the graph runs.
///
/// It claims no axis links, so all channels it touches are frozen. Its inputs are checked each time it runs.
public struct DeferredOperator: Operator {
    public static let type = "Deferred"

    /// The operator itself.
    public let op: any Operator
    /// What is unknown.
    public let reason: String
    private let outputs: [TensorType]

    /// Wraps an operator whose inputs are not known yet.
    ///
    /// - Parameters:
    ///   - op: The operator.
    ///   - reason: What is unknown.
    ///   - outputs: The types of the outputs; `.unknown` where they are not declared.
    public init(_ op: any Operator, reason: String, outputs: [TensorType]) {
        self.op = op
        self.reason = reason
        self.outputs = outputs
    }

    /// A deferred operator is not made from attributes.
    public init(attributes: Attributes, signature: OperatorSignature) throws {
        throw GraphError("a deferred operator cannot be made from attributes")
    }

    public var typeName: String { op.typeName }
    public var operatorDomain: String { op.operatorDomain }
    public var attributes: Attributes { op.attributes }
    /// The wrapped operator checks its inputs itself.
    public var takesHalves: Bool { true }
    public var freezesUnlinkedInputs: Bool { op.freezesUnlinkedInputs }

    public func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        for index in 0..<inputs.count { _ = inputs.optionalType(index) }
        return outputs
    }

    public func decisiveValues(of input: Int, _ inputs: OperatorInputs) throws -> [Int] {
        try op.decisiveValues(of: input, inputs)
    }

    public func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let types = try op.understoodTypes(OperatorInputs(inputs))
        guard types.count >= outputs.count else {
            throw GraphError("\(outputs.count) outputs requested, \(types.count) known")
        }
        return try op.results(inputs, types, in: &context)
    }
}
