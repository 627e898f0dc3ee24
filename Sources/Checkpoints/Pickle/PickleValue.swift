package import Foundation

/// One value of a pickle.
///
/// Containers are identified by their node in `PickleDocument`. So containers may be shared or contain
/// themselves, and deep nesting costs no stack space.
package enum PickleValue: Hashable, Sendable {
    /// Python's `None`.
    case none
    /// A truth value.
    case boolean(Bool)
    /// An integer of up to 64 bits.
    case integer(Int)
    /// A larger integer: two's complement, little endian.
    case largeInteger(Data)
    /// A float.
    case float(Double)
    /// Unicode text.
    case string(String)
    /// Bytes, and Python 2's `str`.
    case bytes(Data)
    /// A list.
    case list(PickleNodeID)
    /// A tuple.
    case tuple(PickleNodeID)
    /// A set or frozen set.
    case set(PickleNodeID)
    /// A dictionary, ordered or not.
    case dictionary(PickleNodeID)
    /// The result of calling an allowed function or class, which is recorded and not performed.
    case object(PickleNodeID)
    /// A persistent reference: data outside of the pickle.
    case reference(PickleNodeID)
    /// An allowed function, class or constant, as "module.name".
    case global(String)
}

/// The place of a container in `PickleDocument`.
package struct PickleNodeID: Hashable, Sendable {
    let index: Int
}

/// The contents of a container.
struct PickleNode: Sendable {
    /// The elements; of a dictionary, keys and values in turn; of an object, its arguments; of a reference, its key.
    var items: [PickleValue]
    /// The function or class of an object.
    var callable: String = ""
    /// What `BUILD` gave to an object.
    var state: PickleValue = .none
    /// Whether it is a persistent reference.
    var isReference = false
}
