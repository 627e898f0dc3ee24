/// A way to spread pruning over the groups of a network.
///
/// A new one is one file, and one line in `AllocationRegistry`.
public protocol WidthAllocation: Sendable {
    /// The name on the command line.
    static var name: String { get }

    /// One line about what it does.
    static var summary: String { get }

    /// The largest share that one group may lose if no limit is given; 1 is no limit.
    static var greatestSparsity: Double { get }

    /// Whether it compares the channels' scores.
    static var needsScores: Bool { get }

    /// Whether it weighs predicted errors.
    static var needsErrors: Bool { get }

    /// Whether those errors are measured at the network's outputs.
    static var measuresErrors: Bool { get }

    /// Makes the allocation.
    init()

    /// Returns the widths as a function of the share removed.
    func path(_ problem: AllocationProblem) throws -> WidthPath
}

extension WidthAllocation {
    public static var greatestSparsity: Double { 0.9 }
    public static var needsScores: Bool { true }
    public static var needsErrors: Bool { false }
    public static var measuresErrors: Bool { false }
}

/// The widths of competing groups, from all channels down to the smallest allowed.
///
/// No width grows with the sparsity, and all keep within the problem's limits.
public struct WidthPath: Sendable {
    private let problem: AllocationProblem
    private let wanted: @Sendable (Double) -> [Int]

    /// Makes a path.
    ///
    /// - Parameters:
    ///   - problem: The problem.
    ///   - wanted: The widths, before limits, at a share of removed channels: one per group of the problem.
    public init(_ problem: AllocationProblem, _ wanted: @escaping @Sendable (Double) -> [Int]) {
        self.problem = problem
        self.wanted = wanted
    }

    /// Returns the width of each competing group when a share of the channels is removed.
    public func widths(_ sparsity: Sparsity) -> [Int] {
        zip(problem.groups, wanted(sparsity.value)).map { group, kept in
            min(group.width, max(group.least, problem.limits.rounded(kept, of: group.originalWidth)))
        }
    }

    /// The smallest widths that the limits allow.
    public var least: [Int] { problem.groups.map(\.least) }
}
