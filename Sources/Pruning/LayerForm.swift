/// Whether large linear layers may become products of two.
public enum LayerForm: String, Sendable, Codable, CaseIterable {
    /// Layers stay whole.
    case whole
    /// Two layers of a low rank take the place of one where that loses less than removing channels does.
    case factored

    /// One line about it.
    public var summary: String {
        switch self {
        case .whole: "layers stay whole, and only channels go"
        case .factored:
            "two layers of a low rank take the place of one where that loses less than channels do"
        }
    }
}
