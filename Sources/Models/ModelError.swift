/// Why a network cannot be named, made or loaded.
public enum ModelError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no architecture with this name; similar names are given.
    case unknownArchitecture(String, similar: [String])
    /// A state dictionary does not fit an architecture; all misfits are listed.
    case stateDictionary(architecture: String, issues: [StateIssue])
    /// A layer does not fit images of this size.
    case layer(architecture: String, imageSize: SpatialSize, reason: String)
    /// An option is out of range.
    case option(String, expected: String, got: String)

    /// A sentence that says what was wrong, expected and found.
    public var description: String {
        switch self {
        case .unknownArchitecture(let name, let similar):
            let hint = similar.isEmpty ? "" : "; did you mean \(similar.joined(separator: ", "))?"
            return "there is no architecture named '\(name)'\(hint)"
        case .stateDictionary(let architecture, let issues):
            return "the state dictionary does not fit \(architecture): " + Self.listing(issues)
        case .layer(let architecture, let imageSize, let reason):
            return "\(architecture) cannot take images of \(imageSize): \(reason)"
        case .option(let option, let expected, let got):
            return "\(option) must be \(expected), got \(got)"
        }
    }

    private static func listing(_ issues: [StateIssue]) -> String {
        StateIssue.Kind.allCases.compactMap { kind in
            let members = issues.filter { $0.kind == kind }
            guard !members.isEmpty else { return nil }
            let entries = members.map { $0.detail.isEmpty ? $0.key : "\($0.key) (\($0.detail))" }
            return "\(members.count) \(kind.rawValue): " + entries.joined(separator: ", ")
        }.joined(separator: "; ")
    }
}
