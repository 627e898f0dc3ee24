import OrderedCollections
public import Torch

/// The named tensors of a network, in order.
///
/// Names are those of PyTorch, such as `features.0.weight`.
public struct StateDictionary: Sendable {
    private var tensors: OrderedDictionary<String, Tensor>

    /// Makes an empty state dictionary.
    public init() {
        tensors = [:]
    }

    /// Makes a state dictionary from names and tensors in order; a later tensor replaces an earlier one with
    /// the same name.
    public init(_ tensors: some Sequence<(name: String, tensor: Tensor)>) {
        self.init()
        for (name, tensor) in tensors { self.tensors[name] = tensor }
    }

    /// The names, in order.
    public var names: [String] { Array(tensors.keys) }

    /// The number of tensors.
    public var count: Int { tensors.count }

    /// Whether there is no tensor.
    public var isEmpty: Bool { tensors.isEmpty }

    /// The tensor with a name, or nil. A tensor under a new name is added at the end; nil removes one.
    public subscript(name: String) -> Tensor? {
        get { tensors[name] }
        set { tensors[name] = newValue }
    }

    /// Returns the tensor with a name.
    ///
    /// - Parameters:
    ///   - name: the name.
    ///   - shape: the shape it must have; nil for any.
    /// - Throws: `CheckpointError` if there is none, or if it has another shape.
    public func tensor(named name: String, shape: [Int]? = nil) throws -> Tensor {
        guard let tensor = tensors[name] else {
            throw CheckpointError(.missing(what: "the tensor", available: names), tensor: name)
        }
        if let shape, tensor.shape != shape {
            throw CheckpointError.malformed(
                "shape", expected: "\(shape)", found: "\(tensor.shape)", tensor: name)
        }
        return tensor
    }

    /// Returns the tensors with a prefix removed from their names, if every name has it; otherwise nil.
    public func removingPrefix(_ prefix: String) -> StateDictionary? {
        guard !isEmpty, tensors.keys.allSatisfy({ $0.hasPrefix(prefix) && $0.count > prefix.count }) else {
            return nil
        }
        return StateDictionary(map { (String($0.name.dropFirst(prefix.count)), $0.tensor) })
    }
}

extension StateDictionary: Sequence {
    /// Walks through names and tensors in order.
    public struct Iterator: IteratorProtocol {
        fileprivate var base: OrderedDictionary<String, Tensor>.Iterator

        /// Returns the next name and tensor.
        public mutating func next() -> (name: String, tensor: Tensor)? {
            base.next().map { ($0.key, $0.value) }
        }
    }

    /// Returns an iterator over names and tensors in order.
    public func makeIterator() -> Iterator {
        Iterator(base: tensors.makeIterator())
    }
}
