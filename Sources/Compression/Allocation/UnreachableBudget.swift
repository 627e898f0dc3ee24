/// A budget that no allowed widths keep to.
public struct UnreachableBudget: Error, Sendable {
    /// How many times the budget the least widths use.
    public let excess: Double
}
