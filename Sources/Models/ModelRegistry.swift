public import Checkpoints

/// The architectures that can be asked for by name.
public enum ModelRegistry {
    /// All architectures, families together.
    public static let architectures: [any Architecture] =
        VGG.all + CIFARResNet.all + Perceptron.all + TorchvisionVGG.all + TorchvisionResNet.all

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
        architectures.filter { architecture in
            (try? architecture.load(state)) != nil
        }
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
