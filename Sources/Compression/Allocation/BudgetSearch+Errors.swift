extension BudgetSearch {
    /// The most widths that are tried while groups exchange channels.
    private static let trials = 20_000

    /// Returns widths that fit the budgets and have a small total predicted error.
    ///
    /// The greedy path need not be the best one, because what a layer saves depends on two groups. Starting
    /// from its result, or from equal sparsities if these have a smaller error, groups exchange channels as
    /// long as the error falls: one grows a step, and another shrinks as far as it must.
    ///
    /// - Parameters:
    ///   - problem: The groups with their predicted errors.
    ///   - path: The path on which the search begins.
    ///   - excess: The largest share of a budget that the widths use; they fit up to 1.
    /// - Throws: `UnreachableBudget` if nothing on the path fits.
    public static func widths(
        withLeastErrorsOf problem: AllocationProblem, from path: WidthPath,
        excess: ([Int]) throws -> Double
    ) throws -> [Int] {
        func error(_ widths: [Int]) -> Double {
            zip(problem.groups, widths).reduce(0) { $0 + $1.0.errors[$1.1] }
        }
        let greedy = try widths(on: path, excess: excess).widths
        let uniform = try widths(on: UniformAllocation().path(problem), excess: excess).widths
        var best = error(uniform) < error(greedy) ? uniform : greedy
        var least = error(best)
        var trials = trials
        /// Lets one group grow a step and another make room for it; nil if that gains nothing.
        func exchanged(_ taker: Int, _ giver: Int) throws -> [Int]? {
            var candidate = best
            candidate[taker] = problem.wider(taker, best[taker])
            while candidate[taker] > best[taker], error(candidate) < least, trials > 0 {
                trials -= 1
                if try excess(candidate) <= 1 { return candidate }
                let narrower = problem.narrower(giver, candidate[giver])
                guard giver != taker, narrower < candidate[giver] else { return nil }
                candidate[giver] = narrower
            }
            return nil
        }
        var improves = true
        while improves, trials > 0 {
            improves = false
            for taker in best.indices {
                // A group that is its own partner grows if that fits at once.
                for giver in [taker] + best.indices.filter({ $0 != taker }) {
                    guard let better = try exchanged(taker, giver) else { continue }
                    (best, improves) = (better, true)
                    least = error(best)
                }
            }
        }
        return best
    }
}

extension AllocationProblem {
    /// The number of steps, about, in which a group may go from all channels to one.
    private static let stepsPerGroup = 64

    /// The number of channels in a group's step: a multiple of what widths are rounded to.
    private func stride(_ position: Int) -> Int {
        let multiple = limits.multiple(of: groups[position].originalWidth)
        let (parts, overflow) = Self.stepsPerGroup.multipliedReportingOverflow(by: multiple)
        return max(1, overflow ? 0 : groups[position].originalWidth / parts) * multiple
    }

    /// Returns the next smaller width that the limits allow; the same width if there is none.
    func narrower(_ position: Int, _ width: Int) -> Int {
        let stride = stride(position)
        // Down to a multiple first, then from one multiple to the next.
        return min(width, max(groups[position].least, (width - 1) / stride * stride))
    }

    /// Returns the next larger width that the limits allow; the same width if there is none.
    func wider(_ position: Int, _ width: Int) -> Int {
        let stride = stride(position)
        let (next, overflow) = (width / stride + 1).multipliedReportingOverflow(by: stride)
        return overflow ? groups[position].width : min(groups[position].width, next)
    }
}
