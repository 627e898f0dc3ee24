/// Finds the widths on a path that just keep within budgets.
public struct BudgetSearch: Sendable {
    /// How often an interval of sparsities is halved: widths differ by less than a channel long before.
    private static let halvings = 48
    /// How often widths are measured that take time to measure.
    private static let measurements = 10

    /// Returns the widths that lose least among those of a path that fit.
    ///
    /// The excess falls along the path, so that bisection finds the place; then groups get back, one by one,
    /// what they lost on the last bit of the way, as long as it still fits.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - isMeasured: Whether the excess takes time to find out: then the place is found less exactly.
    ///   - excess: The greatest share of a budget that widths use; they fit up to 1.
    /// - Returns: The widths, and the sparsity at which the path has them before groups got anything back.
    /// - Throws: `UnreachableBudget` where nothing on the path fits.
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
