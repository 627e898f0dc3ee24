/// The functions, classes and constants that a pickle may name.
///
/// A pickle that names anything else is rejected. Even allowed names are not called: a call becomes a
/// container, bytes, or a `PickleDocument.Call` record, which the caller interprets.
package struct PickleGlobals: Sendable {
    /// How an allowed name is treated.
    package enum Role: Hashable, Sendable {
        /// A call of it is recorded.
        case recorded
        /// A call of it is a dictionary: no arguments, or a list of pairs.
        case dictionary
        /// A call of it is a set: no arguments, or one sequence.
        case set
        /// A call of it is bytes: no arguments, or Latin-1 text and the name of that encoding.
        case bytes
        /// It is a constant and cannot be called.
        case constant
    }

    /// The role of each allowed "module.name".
    package var roles: [String: Role]
    /// Whether the pickle may refer to data outside it.
    package var allowsReferences: Bool

    /// Makes an allow-list.
    package init(roles: [String: Role], allowsReferences: Bool = false) {
        self.roles = roles
        self.allowsReferences = allowsReferences
    }

    /// Plain containers and bytes.
    package static let python = PickleGlobals(roles: [
        "collections.OrderedDict": .dictionary,
        "builtins.dict": .dictionary, "__builtin__.dict": .dictionary,
        "builtins.set": .set, "__builtin__.set": .set,
        "builtins.frozenset": .set, "__builtin__.frozenset": .set,
        "_codecs.encode": .bytes,
        "builtins.bytes": .bytes, "__builtin__.bytes": .bytes,
        "builtins.bytearray": .bytes, "__builtin__.bytearray": .bytes,
    ])

    /// `python`, and NumPy's arrays, scalars and element types.
    package static let numPy = PickleGlobals(
        roles: python.roles.merging(
            [
                "numpy.core.multiarray._reconstruct": .recorded,
                "numpy._core.multiarray._reconstruct": .recorded,
                "numpy.core.multiarray.scalar": .recorded, "numpy._core.multiarray.scalar": .recorded,
                "numpy.core.numeric._frombuffer": .recorded, "numpy._core.numeric._frombuffer": .recorded,
                "numpy.ndarray": .constant, "numpy.dtype": .recorded,
            ], uniquingKeysWith: { first, _ in first }))

    /// `numPy`, and what `torch.save` writes for a state dictionary.
    package static let pyTorch: PickleGlobals = {
        var roles = numPy.roles
        for name in PyTorchNames.storages.keys { roles[name] = .constant }
        for name in PyTorchNames.untypedStorages { roles[name] = .constant }
        for name in PyTorchNames.elementTypes { roles["torch." + name] = .constant }
        for name in PyTorchNames.calls { roles[name] = .recorded }
        for name in PyTorchNames.classes { roles[name] = .constant }
        return PickleGlobals(roles: roles, allowsReferences: true)
    }()
}
