/// A name that a registry does not have.
public struct UnknownName: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name that was asked for.
    public let name: String
    /// What was asked for, in the singular.
    public let kind: String
    /// The names that there are.
    public let choices: [String]

    /// Makes an error.
    public init(_ name: String, kind: String, choices: [String]) {
        self.name = name
        self.kind = kind
        self.choices = choices
    }

    public var description: String {
        let nearest = similar.first.map { ", did you mean \($0)?" } ?? ";"
        let ending = similar.isEmpty ? " choose among" : " Choose among"
        return "there is no \(kind) \(name)\(nearest)\(ending) \(choices.joined(separator: ", "))"
    }

    /// The names that are near it: those that contain it, then those a few misspelt letters away, at most six.
    public var similar: [String] {
        let wanted = Array(name.lowercased())
        let limit = max(2, wanted.count / 3)
        let ranked = choices.map { choice in
            (
                name: choice,
                distance: wanted.count >= 3 && choice.contains(String(wanted))
                    ? 0 : Self.editDistance(wanted, Array(choice))
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
