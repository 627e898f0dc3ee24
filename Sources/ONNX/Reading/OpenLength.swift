/// A length that a model leaves open; axes that carry the same name share it.
enum OpenLength: Hashable {
    /// One that the model names.
    case symbol(String)
    /// That of one axis of one input, which has no name.
    case axis(String, Int)

    /// What exporters write in place of a name.
    private static let placeholders: Set<String> = [
        "", "?", "*", "-1", "0", "None", "none", "unk", "unknown",
    ]

    /// Makes the length of an axis of an input from the name that the model gives it.
    init(_ symbol: String, input: String, axis: Int) {
        self = Self.placeholders.contains(symbol) ? .axis(input, axis) : .symbol(symbol)
    }

    /// The name that the model gives it; empty for none.
    var name: String {
        switch self {
        case .symbol(let name): name
        case .axis: ""
        }
    }

    /// The terms of a name that is a sum, as "past_length + 1"; nil for any other.
    var terms: [String]? {
        guard case .symbol(let name) = self, name.contains("+") else { return nil }
        return name.split(separator: "+").map { $0.trimmingPrefix { $0 == " " } }.map { term in
            String(term.reversed().drop { $0 == " " }.reversed())
        }
    }
}
