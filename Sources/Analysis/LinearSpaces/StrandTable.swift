internal import Coupling
internal import Graph
internal import Torch

/// The strands of groups' channels, and which of them belong to one linear space.
///
/// A strand is one position of every channel on a parameter's axis. Lanes are marked by tags: channel c of strand s has
/// the tag 1 + s's first + c; 0 marks zeros, and -1 anything else.
struct StrandTable {
    /// One position of every channel.
    struct Strand {
        let group: Int
        let member: GroupMember
        let firstTag: Int
    }

    private(set) var strands: [Strand] = []
    /// The strands of a parameter, by its axes.
    private(set) var byParameter: [ValueID: [Int]] = [:]
    private var strandOfTag: [Int] = []
    private var parent: [Int] = []
    /// Whether a strand takes the inverse of what its parent takes.
    private var isInverse: [Bool] = []
    /// The groups that something treats otherwise.
    private(set) var spoiled: Set<Int> = []
    /// The strands that were met on the way.
    private(set) var met: Set<Int> = []

    init(_ groups: [CoupledGroup], in network: AnalysedNetwork) {
        var tags = 1
        for group in groups {
            let isUsable = group.members.allSatisfy { member in
                member.role != .perChannel && network.graph[member.parameter].type.element == .float32
                    && network.graph[member.parameter].tensor != nil
                    && network.readers[member.parameter]?.count == 1
                    && !network.graph.outputs.contains(member.parameter)
            }
            guard isUsable, group.width > 1 else { continue }
            for member in group.members {
                for position in 0..<member.positionsPerChannel {
                    byParameter[member.parameter, default: []].append(strands.count)
                    strandOfTag += repeatElement(strands.count, count: group.width)
                    parent.append(strands.count)
                    isInverse.append(false)
                    strands.append(
                        Strand(
                            group: group.index, member: member.limited(to: position), firstTag: tags))
                    tags += group.width
                }
            }
        }
    }

    /// Whether tags are exact in single precision.
    var isExact: Bool { strandOfTag.count < 1 << 24 }

    /// The strand and the channel of a tag.
    func lane(_ tag: Int) -> (strand: Int, channel: Int) {
        let strand = strandOfTag[tag - 1]
        return (strand, tag - strands[strand].firstTag)
    }

    func group(of tag: Int) -> Int { strands[strandOfTag[tag - 1]].group }

    mutating func spoil(_ group: Int) { spoiled.insert(group) }

    mutating func meet(_ strand: Int) { met.insert(strand) }

    /// The strand that stands for a space, and whether a strand takes the inverse of what that one takes.
    func root(_ strand: Int) -> (strand: Int, isInverse: Bool) {
        var (current, inverse) = (strand, false)
        while parent[current] != current {
            if isInverse[current] { inverse.toggle() }
            current = parent[current]
        }
        return (current, inverse)
    }

    /// Notes that two strands hold the same channels, or that one is read by the other.
    mutating func join(_ first: Int, _ second: Int, isReading: Bool) {
        guard strands[first].group == strands[second].group else {
            spoil(strands[first].group)
            spoil(strands[second].group)
            return
        }
        let (left, right) = (root(first), root(second))
        let differs = (left.isInverse != right.isInverse) != isReading
        guard left.strand != right.strand else {
            if differs { spoil(strands[first].group) }
            return
        }
        parent[right.strand] = left.strand
        isInverse[right.strand] = differs
    }
}
