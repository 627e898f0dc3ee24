internal import Analysis
internal import Graph

/// Prunes first where the consumers' outputs change least for what is saved.
///
/// Each group has a predicted error e(w) at w channels. Starting from all channels, the group that shrinks
/// next is the one whose error grows least for what is saved,
///
///     min over w' < w of (e(w') - e(w)) / (saved by going from w to w'),
///
/// so an expensive step does not hide cheap ones after it. Savings are those at the widths reached so far: a
/// layer between two groups gets cheaper with both. A group shrinks by about a 64th at a time.
public struct SensitivityAllocation: WidthAllocation {
    public static let name = "sensitivity"
    public static let summary =
        "prune where the predicted error of the consumers' outputs grows least for what is saved"
    public static let needsErrors = true

    public init() {}

    public func path(_ problem: AllocationProblem) throws -> WidthPath {
        guard problem.groups.allSatisfy({ $0.errors.count == $0.width + 1 }) else {
            throw CompressionError("the predicted errors of a group are missing")
        }
        var descent = Descent(problem)
        let steps = descent.steps()
        let start = problem.groups.map(\.width)
        let total = problem.originalTotal
        return WidthPath(problem) { share in
            let goal = Int(Double(total) * (1 - share))
            var widths = start
            var kept = start.reduce(0, +)
            for (position, width) in steps {
                let next = kept - (widths[position] - width)
                if next < goal { break }
                (kept, widths[position]) = (next, width)
            }
            return widths
        }
    }

    /// The path down from all channels.
    private struct Descent {
        let problem: AllocationProblem
        private var widths: [Int]
        /// The error per saving of each group's next step; nil if it has none.
        private var prices: [Double?]
        private let positions: [Int: Int]

        init(_ problem: AllocationProblem) {
            self.problem = problem
            widths = problem.groups.map(\.width)
            prices = widths.map { _ in nil }
            positions = Dictionary(
                problem.groups.enumerated().map { ($1.index, $0) }, uniquingKeysWith: { first, _ in first })
            for position in widths.indices { prices[position] = price(position) }
        }

        /// Returns the sequence of steps: a group's position and its new width.
        mutating func steps() -> [(position: Int, width: Int)] {
            var steps: [(Int, Int)] = []
            while let (position, _) = prices.enumerated().compactMap({ position, price in
                price.map { (position, $0) }
            }).min(by: { ($0.1, $0.0) < ($1.1, $1.0) }) {
                widths[position] = problem.narrower(position, widths[position])
                steps.append((position, widths[position]))
                for neighbour in problem.costs.neighbours(of: problem.groups[position].index) {
                    if let place = positions[neighbour] { prices[place] = price(place) }
                }
            }
            return steps
        }

        private func price(_ position: Int) -> Double? {
            let group = problem.groups[position]
            let width = widths[position]
            guard problem.narrower(position, width) < width else { return nil }
            let unit = saving(position) / Double(width - group.least)
            let prices = (group.least..<width).map { kept in
                (group.errors[kept] - group.errors[width]) / (Double(width - kept) * max(unit, 1e-9))
            }
            return prices.min()
        }

        /// What a group saves between its present width and its smallest one.
        private func saving(_ position: Int) -> Double {
            let group = problem.groups[position]
            if problem.saving == .channels { return Double(widths[position] - group.least) }
            var all = problem.allWidths(widths)
            let before = problem.costs.cost(of: group.index, all)
            all[group.index] = group.least
            let after = problem.costs.cost(of: group.index, all)
            return problem.saving == .parameters
                ? Double(before.parameters) - Double(after.parameters)
                : Double(before.multiplyAccumulates) - Double(after.multiplyAccumulates)
        }
    }
}
