internal import Graph

extension ClassBuilder {
    /// How often a class occurs on a parameter axis.
    private struct Occurrence: Hashable {
        let axis: AxisKey
        let count: Int
    }

    /// Classes that occur on the same axes, with as many lanes on each, and are all free or frozen for the
    /// same reason.
    private struct ClassSet {
        let occurrences: [Occurrence]
        let reason: FreezeReason?
        var roots: [Int] = []
    }

    /// The groups found, and the place of every class in them.
    struct Result {
        let groups: [CoupledGroup]
        let frozen: [FrozenGroup]
        /// The group of each lane and its channel there; -1 if it is in none.
        let groupOfLane: [Int32]
        let channelOfLane: [Int32]
    }

    /// Sorts the classes into groups, in time linear in the number of lanes.
    ///
    /// - Parameter last: Parameters whose consumed channels form the last groups.
    mutating func groups(last: Set<ValueID>) -> Result {
        let sets = classSets()
        let frozen = sets.compactMap { set -> FrozenGroup? in
            let weighs = set.occurrences.contains { [.producer, .consumer].contains(roles[$0.axis]) }
            guard let reason = set.reason, weighs else { return nil }
            return FrozenGroup(
                width: set.roots.count, members: members(of: set), reason: reason.text, node: reason.node,
                operatorType: reason.operatorType)
        }
        let open = sets.filter { $0.reason == nil }
        let nodes = open.map { set in set.occurrences.compactMap { producingNodes[$0.axis] }.max() ?? -1 }
        // Groups with the same producer stay in the order of its lanes.
        let isFirst = open.map { set in
            !set.occurrences.contains { last.contains($0.axis.value) && roles[$0.axis] == .consumer }
        }
        let order = open.indices.sorted {
            isFirst[$0] == isFirst[$1] ? (nodes[$0], $1) > (nodes[$1], $0) : isFirst[$0]
        }
        var groupOfLane = [Int32](repeating: -1, count: table.count)
        var channelOfLane = groupOfLane
        let groups = order.enumerated().map { index, position in
            let set = open[position]
            for (channel, root) in set.roots.enumerated() {
                groupOfLane[root] = Int32(index)
                channelOfLane[root] = Int32(channel)
            }
            return CoupledGroup(index: index, width: set.roots.count, members: members(of: set))
        }
        for lane in 0..<table.count {
            let root = self.sets.root(lane)
            groupOfLane[lane] = groupOfLane[root]
            channelOfLane[lane] = channelOfLane[root]
        }
        return Result(
            groups: groups, frozen: frozen, groupOfLane: groupOfLane, channelOfLane: channelOfLane)
    }

    /// Collects the classes that occur on parameters, in order of first occurrence.
    private mutating func classSets() -> [ClassSet] {
        var signatures = SignatureTable<Occurrence>()
        var signatureOfRoot = [Int32](repeating: SignatureTable<Occurrence>.empty, count: table.count)
        var counts = [Int32](repeating: 0, count: table.count)
        var order: [Int] = []
        for parameter in graph.parameters {
            for (axis, length) in graph[parameter].type.shape.enumerated() {
                guard let start = table.start(parameter, axis: axis) else { continue }
                var touched: [Int] = []
                for lane in start..<(start + length) {
                    let root = sets.root(lane)
                    if counts[root] == 0 { touched.append(root) }
                    counts[root] += 1
                }
                let key = AxisKey(value: parameter, axis: axis)
                for root in touched {
                    let known = signatureOfRoot[root]
                    if known == SignatureTable<Occurrence>.empty { order.append(root) }
                    signatureOfRoot[root] = signatures.extending(
                        known, by: Occurrence(axis: key, count: Int(counts[root])))
                    counts[root] = 0
                }
            }
        }
        return classSets(order, signatureOfRoot, signatures)
    }

    private mutating func classSets(
        _ roots: [Int], _ signatureOfRoot: [Int32], _ signatures: SignatureTable<Occurrence>
    ) -> [ClassSet] {
        struct Key: Hashable {
            let signature: Int32
            let reason: Int32
        }
        let reasonOfRoot = frozenRoots()
        var positions: [Key: Int] = [:]
        var result: [ClassSet] = []
        for root in roots {
            let key = Key(signature: signatureOfRoot[root], reason: reasonOfRoot[root])
            if let position = positions[key] {
                result[position].roots.append(root)
                continue
            }
            positions[key] = result.count
            let occurrences = signatures.elements(key.signature)
            let reason =
                key.reason >= 0
                ? reasons[Int(key.reason)] : defect(occurrences).map { FreezeReason(text: $0) }
            result.append(ClassSet(occurrences: occurrences, reason: reason, roots: [root]))
        }
        return result
    }

    /// The number of the first reason that freezes each class, or -1.
    mutating func frozenRoots() -> [Int32] {
        var result = [Int32](repeating: -1, count: table.count)
        for (start, count, reason) in freezes {
            for lane in start..<(start + count) {
                let root = sets.root(lane)
                if result[root] < 0 { result[root] = Int32(reason) }
            }
        }
        return result
    }

    /// Why classes that are not frozen cannot form a group.
    private func defect(_ occurrences: [Occurrence]) -> String? {
        for (axis, name) in occurrences.map({ ($0.axis, "\(graph[$0.axis.value].name) axis \($0.axis.axis)") }
        ) {
            if roles[axis] == nil { return "the role of \(name) is unknown" }
            // Merging sums consumers, but not producers.
            if ambiguousAxes.contains(axis) { return "\(name) consumes them and also has another role" }
        }
        let produces = occurrences.contains { roles[$0.axis] == .producer }
        return produces ? nil : "no parameter produces them"
    }

    private mutating func members(of set: ClassSet) -> [GroupMember] {
        let channels = Dictionary(uniqueKeysWithValues: set.roots.enumerated().map { ($1, $0) })
        return set.occurrences.map { occurrence in
            let (value, axis) = (occurrence.axis.value, occurrence.axis.axis)
            var positions = [[Int]](repeating: [], count: set.roots.count)
            if let start = table.start(value, axis: axis) {
                for lane in 0..<graph[value].type.shape[axis] {
                    if let channel = channels[sets.root(start + lane)] { positions[channel].append(lane) }
                }
            }
            return GroupMember(
                parameter: value, name: graph[value].name, axis: axis,
                role: roles[occurrence.axis] ?? .perChannel, positions: positions)
        }
    }
}
