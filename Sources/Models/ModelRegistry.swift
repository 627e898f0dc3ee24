public import Checkpoints
internal import Registries
internal import Torch

/// The architectures that can be asked for by name.
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

    /// Returns the architecture of a name.
    ///
    /// - Throws: `ModelError` for an unknown name, with the names that are near it.
    public static func architecture(named name: String) throws -> any Architecture {
        try registry.entry(named: name) { ModelError.unknownArchitecture($0.name, similar: $0.similar) }
    }

    /// Returns the architectures that a state dictionary fits without a misfit.
    ///
    /// As widths are read, architectures that differ in widths alone fit the same tensors.
    public static func architectures(fitting state: StateDictionary) -> [any Architecture] {
        let state = state.removingPrefix("module.") ?? state
        return architectures.filter { architecture in
            // Most are ruled out by this one name.
            state[architecture.firstLayer + ".weight"] != nil && (try? architecture.load(state)) != nil
        }
    }

    /// Returns the first architecture among some that has a state dictionary's tensors at its full width, classes aside.
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
    /// - Returns: Its name, how many tensors have a name of it, and how many it has; nil if no name is shared.
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
