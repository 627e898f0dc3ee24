/// One key of a state dictionary that does not fit an architecture.
public struct StateIssue: Hashable, Sendable {
    /// The ways in which a key can be wrong.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The architecture has it, the state dictionary does not.
        case missing
        /// The state dictionary has it, the architecture does not.
        case unexpected
        /// The tensor has another shape than required.
        case misshapen
        /// The elements are not floating-point numbers.
        case mistyped
    }

    /// What is wrong.
    public let kind: Kind
    /// The key, such as "features.4.weight".
    public let key: String
    /// What was expected and what was found; empty if the key says it all.
    public let detail: String
}
