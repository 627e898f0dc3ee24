public import Checkpoints
internal import Registries
internal import Torch

/// The architectures by name.
public enum ModelRegistry {
    private static let registry = Registry<any Architecture>(
        of: "architecture",
        VGG.all + CIFARResNet.all + ZeroPaddedResNet.all + CIFARDenseNet.all + Perceptron.all
            + TorchvisionVGG.all + TimmVGG.all + TorchvisionResNet.all + MobileNetwork.all + ConvNeXt.all
            + VisionTransformer.all
    ) { $0.name }

    /// All architectures, families together.
    public static var architectures: [any Architecture] { registry.entries }

    /// All names, in the order of `architectures`.
    public static var names: [String] { registry.names }

    /// Returns the architecture with a name.
    ///
    /// - Throws: `ModelError` for an unknown name, listing similar names.
    public static func architecture(named name: String) throws -> any Architecture {
        try registry.entry(named: name) { ModelError.unknownArchitecture($0.name, similar: $0.similar) }
    }

    /// Returns the architectures that a state dictionary fits.
    ///
    /// Widths are read from the tensors, so architectures that differ only in widths fit the same ones.
    public static func architectures(fitting state: StateDictionary) -> [any Architecture] {
        let state = state.removingPrefix("module.") ?? state
        return architectures.filter { architecture in
            // This one name rules out most of them.
            state[architecture.firstLayer + ".weight"] != nil && (try? architecture.load(state)) != nil
        }
    }

    /// Returns the first of some architectures whose full width the tensors have, apart from the number of
    /// classes.
    public static func fullWidth(
        among candidates: [any Architecture], of state: StateDictionary
    ) -> (any Architecture)? {
        candidates.first { architecture in
            guard let own = try? architecture.outline().stateDictionary else { return false }
            // The classifier's weight and bias have as many rows as there are classes.
            return own.count { entry in state[entry.name].map { $0.shape != entry.tensor.shape } ?? true }
                <= 2
        }
    }

    /// Returns the architecture that shares the most names with a state dictionary.
    ///
    /// - Returns: Its name, the number of tensors that have one of its names, and the number of its names;
    ///   nil if no name is shared.
    public static func nearest(to state: StateDictionary) -> (name: String, shared: Int, count: Int)? {
        let state = state.removingPrefix("module.") ?? state
        let names = Set(state.names.filter { !$0.hasSuffix("num_batches_tracked") })
        var best: (name: String, shared: Int, count: Int)?
        var bestScore = 0.0
        for architecture in architectures {
            guard let own = try? architecture.outline().stateDictionary.names else { continue }
            let shared = names.intersection(own).count
            let score = Double(shared) / Double(max(own.count + names.count - shared, 1))
            if score > bestScore { (best, bestScore) = ((architecture.name, shared, own.count), score) }
        }
        return best
    }
}
