/// Which groups of a network are compressed together.
public enum StudyScope: String, Sendable, Codable, CaseIterable {
    /// All groups, each by the sparsity.
    case whole
    /// One group at a time, each in turn.
    case perGroup = "per_group"
}
