extension BudgetSearch {
    /// How many widths are tried at most when channels are exchanged.
    private static let trials = 20_000

    /// Returns widths that fit and have little predicted error in all.
    ///
    /// A greedy way need not be the best one where what a layer saves depends on two groups. From what it
    /// finds, or from equal sparsities where these have less error, groups exchange channels as long as that
    /// lowers the error: one grows a step, another shrinks as far as it must.
    ///
    /// - Parameters:
    ///   - problem: The groups with their predicted errors.
    ///   - path: The way on which the search begins.
    ///   - excess: The greatest share of a budget that widths use; they fit up to 1.
    /// - Throws: `UnreachableBudget` where nothing on the path fits.
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
        /// Lets one group grow a step and another give what that needs; nil if that is no gain.
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
                // A group that is its own partner grows where that fits as it is.
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
    /// No group takes more steps than about this from all channels to one.
    private static let stepsPerGroup = 64

    /// The channels of a group's step: a multiple of what widths are rounded to.
    private func stride(_ position: Int) -> Int {
        let multiple = limits.multiple(of: groups[position].originalWidth)
        let (parts, overflow) = Self.stepsPerGroup.multipliedReportingOverflow(by: multiple)
        return max(1, overflow ? 0 : groups[position].originalWidth / parts) * multiple
    }

    /// Returns the next width below one that the limits allow; the same where there is none.
    func narrower(_ position: Int, _ width: Int) -> Int {
        let stride = stride(position)
        // Downwards to a multiple first, then from one to the next.
        return min(width, max(groups[position].least, (width - 1) / stride * stride))
    }

    /// Returns the next width above one that the limits allow; the same where there is none.
    func wider(_ position: Int, _ width: Int) -> Int {
        let stride = stride(position)
        let (next, overflow) = (width / stride + 1).multipliedReportingOverflow(by: stride)
        return overflow ? groups[position].width : min(groups[position].width, next)
    }
}
