public import Torch

/// A tensor that flows through a graph.
public struct Value: Sendable {
    /// The origin of a value.
    public enum Origin: Sendable {
        /// The caller passes it in.
        case input
        /// It is stored with the graph: a weight or a constant.
        case parameter(Tensor)
        /// It is an output of a node.
        case node(NodeID)
    }

    /// The name. Parameters of built-in networks have PyTorch's state-dict keys.
    public let name: String
    /// Element type and shape at the traced size.
    public internal(set) var type: TensorType
    /// Its origin.
    public internal(set) var origin: Origin
    /// The value of a node's output at the traced size, if it follows from constants and lengths alone.
    public internal(set) var constant: Tensor?

    init(name: String, type: TensorType, origin: Origin) {
        self.name = name
        self.type = type
        self.origin = origin
    }

    /// The stored tensor of a parameter.
    public var tensor: Tensor? {
        if case .parameter(let tensor) = origin { tensor } else { nil }
    }

    /// The elements, if they are known without running the graph.
    public var known: Tensor? { tensor ?? constant }
}
