public import Torch

/// An operator of which only the name is known, and perhaps the types of its outputs.
///
/// It claims no axis links, so all channels it touches are frozen, and it cannot run. The reader keeps its
/// original form, to write it back verbatim.
public struct OpaqueOperator: Operator {
    public static let type = "Opaque"

    /// The operator's type, prefixed by its domain if that is not the standard one: "com.microsoft::FusedConv".
    public let typeName: String
    /// Why nothing more is known.
    public let reason: String
    private let outputs: [TensorType]

    /// Makes a placeholder.
    ///
    /// - Parameters:
    ///   - typeName: The operator's type.
    ///   - reason: Why nothing more is known.
    ///   - outputs: The types of the outputs; `.unknown` where they are not declared.
    public init(_ typeName: String, reason: String, outputs: [TensorType]) {
        self.typeName = typeName
        self.reason = reason
        self.outputs = outputs
    }

    /// An opaque operator has no attributes.
    public init(attributes: Attributes, signature: OperatorSignature) throws {
        throw GraphError("an opaque operator cannot be made from attributes")
    }

    public var attributes: Attributes { [:] }

    public func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] { outputs }

    public func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        throw GraphError("operator \(typeName) cannot be run: \(reason)")
    }
}
