/// Finds the widths on a path that just fit the budgets.
public struct BudgetSearch: Sendable {
    /// How often the interval of sparsities is halved: long before the end, widths differ by less than a
    /// channel.
    private static let halvings = 48
    /// How often widths are measured, if measuring takes time.
    private static let measurements = 10

    /// Returns the widths on a path that fit the budgets and lose the least.
    ///
    /// The excess falls along the path, so bisection finds the place. Then groups regain, one by one, what
    /// they lost on the last part of the path, as long as the result fits.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - isMeasured: Whether it takes time to find the excess; then the place is found less exactly.
    ///   - excess: The largest share of a budget that the widths use; they fit up to 1.
    /// - Returns: The widths, and the sparsity at which the path has them before any group regained channels.
    /// - Throws: `UnreachableBudget` if nothing on the path fits.
    public static func widths(
        on path: WidthPath, isMeasured: Bool = false, excess: ([Int]) throws -> Double
    ) throws -> (widths: [Int], sparsity: Sparsity) {
        var low = 0.0
        var lowWidths = path.widths(try Sparsity(low))
        if try excess(lowWidths) <= 1 { return (lowWidths, try Sparsity(low)) }
        var high = 1.0.nextDown
        var highWidths = path.widths(try Sparsity(high))
        let least = try excess(highWidths)
        guard least <= 1 else { throw UnreachableBudget(excess: least) }
        for _ in 0..<(isMeasured ? measurements : halvings) where lowWidths != highWidths {
            let middle = low + (high - low) / 2
            let widths = path.widths(try Sparsity(middle))
            if widths == highWidths {
                high = middle
            } else if widths == lowWidths {
                low = middle
            } else if try excess(widths) <= 1 {
                (high, highWidths) = (middle, widths)
            } else {
                (low, lowWidths) = (middle, widths)
            }
        }
        if !isMeasured {
            for position in highWidths.indices where lowWidths[position] > highWidths[position] {
                var wider = highWidths
                wider[position] = lowWidths[position]
                if try excess(wider) <= 1 { highWidths = wider }
            }
        }
        return (highWidths, try Sparsity(high))
    }
}
