internal import Coupling
internal import Graph
internal import Torch

/// Follows the strands of groups from node to node.
struct LinearSpaceWalk {
    let network: AnalysedNetwork
    var table: StrandTable
    var tags: [ValueID: LaneTags] = [:]
    /// Where a strand was last seen along a single axis.
    var places: [Int: LinearSpace.Place] = [:]
    /// The layers that read strands, by the strands of their weights.
    var layers: [Int: ConsumerLayer] = [:]
    /// The strands that are multiplied by one another.
    var products: [(left: Int, right: Int)] = []

    var graph: Graph { network.graph }
    /// The largest number of elements that are followed.
    static let mostElements = 1 << 24

    init(_ network: AnalysedNetwork, _ groups: [CoupledGroup]) {
        self.network = network
        table = StrandTable(groups, in: network)
    }

    /// Follows a node.
    mutating func pass(_ id: NodeID) throws {
        let node = graph[id]
        if try passLayer(id) { return }
        let incoming = node.inputs.compactMap { $0 }.filter {
            tags[$0] != nil || table.byParameter[$0] != nil
        }
        guard !incoming.isEmpty else { return }
        var isHandled = false
        switch try network.effect(of: id) {
        case .arrangement: isHandled = try arrange(id)
        case .sum: isHandled = try (scale(id) || sum(id))
        case .function, .product, .elementwise: isHandled = try scale(id)
        case .matrixProduct: isHandled = try multiply(id)
        case .unknown, .rectification, .average, .maximum, .filter, .normalisation: break
        }
        if !isHandled { try spoil(incoming) }
    }

    /// Gives up the groups whose strands are among values.
    private mutating func spoil(_ values: [ValueID]) throws {
        for value in values {
            for strand in table.byParameter[value] ?? [] { table.spoil(table.strands[strand].group) }
            for tag in try tags[value]?.distinct() ?? [] where tag > 0 {
                table.spoil(table.group(of: tag))
            }
        }
    }

    /// Stores the tags of a value, unless nothing can come of them.
    mutating func store(_ found: LaneTags, of value: ValueID) throws {
        if let line = found.line {
            var positions: [Int: [Int: Int]] = [:]
            for (position, tag) in line.tags.enumerated() where tag > 0 {
                let (strand, channel) = table.lane(tag)
                positions[strand, default: [:]][channel] = position
            }
            for (strand, channels) in positions where channels.count == width(of: strand) {
                places[strand] = LinearSpace.Place(
                    value: value, axis: line.axis,
                    lanes: (0..<channels.count).compactMap { channels[$0] })
            }
        }
        let isUseful = try found.distinct().contains {
            $0 > 0 && !table.spoiled.contains(table.group(of: $0))
        }
        tags[value] = isUseful ? found : nil
    }

    private func width(of strand: Int) -> Int { table.strands[strand].member.positions.count }

    /// The tags of the lanes of a parameter's axis; -1 where no strand lies.
    func tags(of parameter: ValueID, axis: Int) -> [Int] {
        var lanes = [Int](repeating: -1, count: graph[parameter].type.shape[axis])
        for strand in table.byParameter[parameter] ?? [] {
            let own = table.strands[strand]
            guard own.member.axis == axis else { continue }
            for (channel, positions) in own.member.positions.enumerated() {
                lanes[positions[0]] = own.firstTag + channel
            }
        }
        return lanes
    }

    /// Joins what lies at the same place in two values; the second may be what is added to the first.
    mutating func join(_ first: [Int], _ second: [Int], isReading: Bool = false) {
        for pair in Set(zip(first, second).map { [$0, $1] }) where pair[0] > 0 || pair[1] > 0 {
            guard pair[0] != 0, pair[1] != 0 else { continue }
            guard pair[0] > 0, pair[1] > 0 else {
                table.spoil(table.group(of: max(pair[0], pair[1])))
                continue
            }
            let (left, right) = (table.lane(pair[0]), table.lane(pair[1]))
            if left.channel != right.channel {
                table.spoil(table.strands[left.strand].group)
                table.spoil(table.strands[right.strand].group)
            } else {
                table.join(left.strand, right.strand, isReading: isReading)
            }
        }
    }
}
