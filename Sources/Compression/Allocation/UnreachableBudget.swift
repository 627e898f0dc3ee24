/// A budget that no allowed widths meet.
public struct UnreachableBudget: Error, Sendable {
    /// The cost of the minimum widths as a multiple of the budget.
    public let excess: Double
}
