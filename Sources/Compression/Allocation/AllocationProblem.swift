public import Analysis

/// The groups that compete for channels, with everything that an allocation may use.
public struct AllocationProblem: Sendable {
    /// A group that may lose channels.
    public struct Group: Sendable {
        /// The group's index in the network.
        public let index: Int
        /// Its number of channels.
        public let width: Int
        /// Its number of channels before the first of several steps; shares refer to this.
        public let originalWidth: Int
        /// The smallest width that it may get.
        public let least: Int
        /// One importance score per channel; empty if the allocation needs none.
        public let scores: [Double]
        /// Its structure.
        public let structure: GroupStructure
        /// The predicted error of the group's consumers when the m best channels are kept, for m = 0 ...
        /// width, on a scale that adds up over groups; empty if the allocation needs none.
        public let errors: [Double]

        /// Describes a group.
        ///
        /// - Throws: `CompressionError` if the numbers do not fit the width, or one of them is NaN.
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

    /// The unit in which errors are weighed against savings.
    public enum Saving: String, Sendable, Codable, CaseIterable {
        /// The channel itself.
        case channels
        /// The parameters that are removed with it.
        case parameters
        /// The multiply-accumulate operations that are removed with it.
        case multiplyAccumulates = "multiply_accumulates"
    }

    /// The groups.
    public let groups: [Group]
    /// The limits on widths.
    public let limits: WidthLimits
    /// The cost of widths.
    public let costs: WidthCosts
    /// The widths of all groups of the network by index; those of the competing groups are replaced.
    public let widths: [Int]
    /// What a channel saves.
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

    /// Returns the widths of all groups of the network, given those of the competing ones.
    public func allWidths(_ kept: [Int]) -> [Int] {
        var result = widths
        for (group, width) in zip(groups, kept) { result[group.index] = width }
        return result
    }
}
