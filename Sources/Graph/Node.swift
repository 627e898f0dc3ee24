/// One step of a graph: an operator with its inputs and outputs.
public struct Node: Sendable {
    /// The name that errors and reports use.
    public let name: String
    /// The operator.
    public internal(set) var op: any Operator
    /// The inputs; nil for an absent optional one.
    public internal(set) var inputs: [ValueID?]
    /// The outputs.
    public internal(set) var outputs: [ValueID]

    /// The operator's type in the ONNX standard.
    public var type: String { op.typeName }

    /// Why its axis links are unknown; nil if they are known.
    public var obstacle: String? {
        (op as? OpaqueOperator)?.reason ?? (op as? DeferredOperator)?.reason
    }
}
