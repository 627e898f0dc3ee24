/// Every group loses the same share of its channels, as in the paper.
public struct UniformAllocation: WidthAllocation {
    public static let name = "uniform"
    public static let summary = "every group loses the same share of its channels (local ranking)"
    public static let greatestSparsity = 1.0
    public static let needsScores = false

    public init() {}

    public func path(_ problem: AllocationProblem) -> WidthPath {
        WidthPath(problem) { share in
            problem.groups.map { group in
                // A path is only asked for valid sparsities.
                (try? Sparsity(share).keptWidth(of: group.originalWidth)) ?? group.width
            }
        }
    }
}
