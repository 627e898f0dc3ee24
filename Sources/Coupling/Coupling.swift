public import Graph

/// The coupled groups of a network.
///
/// Every axis of every value is a sequence of lanes. The operators say which lanes are the same channel; the
/// connected sets of lanes are classes. A class that reaches an input or an output of the network, or an axis about
/// which an operator says nothing, is frozen. The classes that occur on exactly the same parameter axes, with as many
/// positions on each, form a coupled group.
public struct Coupling: Sendable {
    /// The groups that can shrink, numbered from the output backwards.
    public let groups: [CoupledGroup]
    /// The frozen producing and consuming axes.
    public let frozen: [FrozenGroup]
    /// Whether a Reshape left a choice of which factors are channels.
    package let hasAlternatives: Bool
    private let table: LaneTable
    /// The group of each lane and its channel there; -1 if the lane is in none.
    private let groupOfLane: [Int32]
    private let channelOfLane: [Int32]

    /// Finds the groups of a network.
    ///
    /// Runs in time and memory linear in the sum of all axis lengths and links.
    /// - Parameters:
    ///   - graph: The network.
    ///   - factors: Which factors are channels where a Reshape leaves a choice.
    ///   - last: Parameters whose consumed channels are numbered after all others.
    /// - Throws: `CouplingError` for implausibly large shapes, `GraphError` from an operator.
    public init(
        _ graph: Graph, factors: FactorPreference = .outermost, last: Set<ValueID> = []
    ) throws {
        CouplingTally.current?.add()
        table = try LaneTable(graph)
        var builder = ClassBuilder(graph, table, factors)
        try builder.followLinks()
        hasAlternatives = !builder.choices.isEmpty
        let found = builder.groups(last: last)
        groups = found.groups
        frozen = found.frozen
        groupOfLane = found.groupOfLane
        channelOfLane = found.channelOfLane
    }

    /// Returns the group with an index.
    ///
    /// - Throws: `CouplingError` listing the valid indices.
    public func group(_ index: Int) throws -> CoupledGroup {
        guard groups.indices.contains(index) else {
            let range = groups.isEmpty ? "the network has none" : "they are numbered 0 to \(groups.count - 1)"
            throw CouplingError("there is no coupled group \(index): \(range)")
        }
        return groups[index]
    }

    /// Returns which lanes of an axis are kept when groups keep only some channels; nil if all are kept.
    ///
    /// - Parameter kept: The kept channels of each group that shrinks.
    package func keptLanes(_ value: ValueID, axis: Int, length: Int, kept: [Int: [Bool]]) -> [Int]? {
        guard let start = table.start(value, axis: axis) else { return nil }
        var lanes: [Int] = []
        var (group, channels): (Int32, [Bool]?) = (-1, nil)
        for lane in start..<(start + length) {
            if groupOfLane[lane] != group {
                group = groupOfLane[lane]
                channels = kept[Int(group)]
            }
            if channels?[Int(channelOfLane[lane])] ?? true { lanes.append(lane - start) }
        }
        return lanes.count == length ? nil : lanes
    }

    /// One channel of one group.
    package struct Channel: Hashable, Sendable {
        /// The group's index.
        package let group: Int
        /// The channel, counted from 0.
        package let number: Int
    }

    /// Returns the channel of each lane of an axis; nil for lanes in no group.
    package func channels(_ value: ValueID, axis: Int, length: Int) -> [Channel?] {
        guard let start = table.start(value, axis: axis) else {
            return [Channel?](repeating: nil, count: length)
        }
        return (start..<(start + length)).map { lane in
            groupOfLane[lane] < 0
                ? nil : Channel(group: Int(groupOfLane[lane]), number: Int(channelOfLane[lane]))
        }
    }

    /// Returns how many lanes of an axis belong to each group, by the group's index; frozen lanes are not counted.
    package func laneCounts(_ value: ValueID, axis: Int, length: Int) -> [Int: Int] {
        guard let start = table.start(value, axis: axis) else { return [:] }
        var counts: [Int: Int] = [:]
        var (group, count): (Int32, Int) = (-1, 0)
        for lane in start..<(start + length) {
            if groupOfLane[lane] != group {
                if group >= 0 { counts[Int(group), default: 0] += count }
                (group, count) = (groupOfLane[lane], 0)
            }
            count += 1
        }
        if group >= 0 { counts[Int(group), default: 0] += count }
        return counts
    }
}
