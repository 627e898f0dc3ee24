public import Checkpoints
internal import Torch

/// The architectures that can be asked for by name.
public enum ModelRegistry {
    /// All architectures, families together.
    public static let architectures: [any Architecture] =
        VGG.all + CIFARResNet.all + ZeroPaddedResNet.all + CIFARDenseNet.all + Perceptron.all
        + TorchvisionVGG.all + TimmVGG.all + TorchvisionResNet.all + MobileNetwork.all + ConvNeXt.all
        + VisionTransformer.all

    /// All names, in the order of `architectures`.
    public static var names: [String] { architectures.map(\.name) }

    /// Returns the architecture of a name.
    ///
    /// - Throws: `ModelError` for an unknown name, with the names that are near it.
    public static func architecture(named name: String) throws -> any Architecture {
        guard let architecture = architectures.first(where: { $0.name == name }) else {
            throw ModelError.unknownArchitecture(name, similar: similarNames(to: name))
        }
        return architecture
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
    /// - Returns: Its name, how many tensors have a name of it, and how many it has; nil where no name is shared.
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

    private static func similarNames(to name: String) -> [String] {
        let wanted = Array(name.lowercased())
        let limit = max(2, wanted.count / 3)
        // A name that contains what was asked for is nearer than any misspelling.
        let ranked = names.map { name in
            (
                name: name,
                distance: wanted.count >= 3 && name.contains(String(wanted))
                    ? 0 : editDistance(wanted, Array(name))
            )
        }.filter { $0.distance <= limit }
        let ordered = ranked.enumerated().sorted {
            ($0.element.distance, $0.offset) < ($1.element.distance, $1.offset)
        }
        return ordered.prefix(6).map(\.element.name)
    }

    /// Returns how many insertions, removals and replacements lead from one word to another (Levenshtein), in O(n m).
    private static func editDistance(_ first: [Character], _ second: [Character]) -> Int {
        var row = Array(0...second.count)
        for (index, letter) in first.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in second.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[second.count]
    }
}
