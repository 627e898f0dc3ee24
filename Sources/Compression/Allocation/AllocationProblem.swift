public import Analysis

/// The groups that compete for channels, with everything an allocation may use.
public struct AllocationProblem: Sendable {
    /// A group that may lose channels.
    public struct Group: Sendable {
        /// The group's index in the network.
        public let index: Int
        /// The number of channels that it has.
        public let width: Int
        /// The number of channels that it had before the first of several steps; shares are shares of these.
        public let originalWidth: Int
        /// The least width that it may get.
        public let least: Int
        /// One importance score per channel; empty where the allocation asks for none.
        public let scores: [Double]
        /// What the group is made of.
        public let structure: GroupStructure
        /// The predicted error of what consumes the group when the m best channels are kept, for m = 0 ...
        /// width, such that the errors of several groups add up; empty where the allocation asks for none.
        public let errors: [Double]

        /// Describes a group.
        ///
        /// - Throws: `CompressionError` where the numbers do not fit the width, or one is not a number.
        public init(
            index: Int, width: Int, originalWidth: Int? = nil, least: Int = 1, scores: [Double] = [],
            structure: GroupStructure = GroupStructure(parts: []), errors: [Double] = []
        ) throws {
            guard scores.isEmpty || scores.count == width, errors.isEmpty || errors.count == width + 1,
                width >= 1
            else {
                throw CompressionError(
                    "group \(index) of \(width) channels has \(scores.count) scores and \(errors.count) predicted errors"
                )
            }
            guard (scores + errors).allSatisfy(\.isFinite) else {
                throw CompressionError("group \(index) has scores or predicted errors that are not finite")
            }
            self.index = index
            self.width = width
            self.originalWidth = originalWidth ?? width
            self.least = min(max(least, 1), width)
            self.scores = scores
            self.structure = structure
            self.errors = errors
        }
    }

    /// The unit in which savings are counted against errors.
    public enum Saving: String, Sendable, Codable, CaseIterable {
        /// Itself.
        case channels
        /// The parameters that go with it.
        case parameters
        /// The multiply-accumulate operations that go with it.
        case multiplyAccumulates = "multiply_accumulates"
    }

    /// The groups.
    public let groups: [Group]
    /// What widths may be.
    public let limits: WidthLimits
    /// What widths cost.
    public let costs: WidthCosts
    /// The widths of all groups of the network by index, of which the competing ones are replaced.
    public let widths: [Int]
    /// What channels save.
    public let saving: Saving

    /// Poses a problem.
    public init(
        groups: [Group], limits: WidthLimits, costs: WidthCosts, widths: [Int]? = nil,
        saving: Saving = .channels
    ) {
        self.groups = groups
        self.limits = limits
        self.costs = costs
        self.widths = widths ?? costs.dense
        self.saving = saving
    }

    /// The number of channels of all groups before the first step.
    var originalTotal: Int { groups.reduce(0) { $0 + $1.originalWidth } }

    /// Returns the widths of all groups of the network when the competing ones get the given widths.
    public func allWidths(_ kept: [Int]) -> [Int] {
        var result = widths
        for (group, width) in zip(groups, kept) { result[group.index] = width }
        return result
    }
}
