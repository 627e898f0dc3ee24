/// A length that a model leaves open; axes with the same name share it.
enum OpenLength: Hashable {
    /// A named length.
    case symbol(String)
    /// The length of one axis of one input, which has no name.
    case axis(String, Int)

    /// What exporters write instead of a name.
    private static let placeholders: Set<String> = [
        "", "?", "*", "-1", "0", "None", "none", "unk", "unknown",
    ]

    /// Makes the length of an input's axis from the model's name for it.
    init(_ symbol: String, input: String, axis: Int) {
        self = Self.placeholders.contains(symbol) ? .axis(input, axis) : .symbol(symbol)
    }

    /// The model's name for it; empty for none.
    var name: String {
        switch self {
        case .symbol(let name): name
        case .axis: ""
        }
    }

    /// The terms of a name that is a sum, such as "past_length + 1"; nil for any other.
    var terms: [String]? {
        guard case .symbol(let name) = self, name.contains("+") else { return nil }
        return name.split(separator: "+").map { $0.trimmingPrefix { $0 == " " } }.map { term in
            String(term.reversed().drop { $0 == " " }.reversed())
        }
    }
}
