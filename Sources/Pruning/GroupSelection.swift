internal import Analysis
internal import Calibration
internal import Coupling
internal import Foundation
internal import Graph
internal import Importance

/// Which groups may lose channels, and why the others may not.
struct GroupSelection {
    /// The groups that may lose channels, by ascending index.
    private(set) var chosen: [CoupledGroup]
    /// Why each of the other groups stays whole, by its index.
    private(set) var reasons: [Int: String]
    /// The groups named individually.
    private let named: Set<Int>

    /// Selects groups.
    ///
    /// - Parameters:
    ///   - options: The options.
    ///   - network: The network, batch-norms folded; patterns may also name its batch-norms.
    /// - Throws: `PruningError` for a pattern that matches nothing, `CouplingError` for an index that does not exist.
    init(_ options: PruningOptions, of network: AnalysedNetwork) throws {
        let coupling = network.coupling
        var reasons: [Int: String] = [:]
        if let groups = options.groups {
            let wanted = Set(try groups.map { try coupling.group($0).index })
            for group in coupling.groups where !wanted.contains(group.index) {
                reasons[group.index] = "not among the groups asked for"
            }
        }
        for index in options.sparsities.keys.sorted() {
            _ = try coupling.group(index)
            if let reason = reasons[index] {
                throw PruningError("group \(index) has a sparsity of its own, but is \(reason)")
            }
        }
        let patterns = options.ignored.filter { Self.index($0) == nil }
        if !patterns.isEmpty {
            let names = try Self.names(network)
            let all = Set(
                [network.graph, network.original].flatMap { $0.values.map(\.name) + $0.nodes.map(\.name) })
            for pattern in patterns {
                guard all.contains(where: { Self.matches($0, pattern) }) else {
                    throw PruningError(
                        "nothing in the network is named \(pattern), which was to be ignored")
                }
                for (index, own) in names.enumerated() {
                    if let name = own.filter({ Self.matches($0, pattern) }).min() {
                        reasons[index] = "ignored: \(pattern) matches \(name)"
                    }
                }
            }
        }
        for index in options.ignored.compactMap(Self.index) {
            reasons[try coupling.group(index).index] = "ignored"
        }
        for index in options.sparsities.keys.sorted() where reasons[index] != nil {
            throw PruningError("group \(index) has a sparsity of its own, but is to be ignored too")
        }
        chosen = coupling.groups.filter { reasons[$0.index] == nil }
        self.reasons = reasons
        named = Set(options.sparsities.keys).union(options.groups ?? [])
    }

    /// Omits the groups that a scorer cannot score, except those named individually: these throw when they are scored.
    mutating func leaveOut(unscoredBy scorer: ImportanceScorer, in network: AnalysedNetwork) throws {
        let open = chosen.filter { !named.contains($0.index) }
        let obstacles = try scorer.criterion.obstacles(
            to: open, in: network, statistics: scorer.statistics)
        reasons.merge(obstacles) { first, _ in first }
        chosen.removeAll { obstacles[$0.index] != nil }
    }

    /// The index that a pattern states; nil if it is not a number.
    private static func index(_ pattern: String) -> Int? {
        pattern.allSatisfy { $0.isASCII && $0.isNumber } ? Int(pattern) : nil
    }

    private static func matches(_ name: String, _ pattern: String) -> Bool {
        fnmatch(pattern, name, 0) == 0
    }

    /// The names of everything that a group's channels occur in, by the group's index.
    private static func names(_ network: AnalysedNetwork) throws -> [Set<String>] {
        let coupling = network.coupling
        var names = namesOfOwn(network)
        let before = try network.beforeFolding()
        for (group, more) in zip(before.coupling.groups, namesOfOwn(before)) {
            let axes = Set(group.members.map { "\($0.name) \($0.axis)" })
            for same in coupling.groups
            where same.members.contains(where: { axes.contains("\($0.name) \($0.axis)") }) {
                names[same.index].formUnion(more)
            }
        }
        return names
    }

    /// The names of the parameters, of the nodes that read them, and of the values that carry the channels and their
    /// nodes.
    private static func namesOfOwn(_ network: AnalysedNetwork) -> [Set<String>] {
        let (graph, coupling) = (network.graph, network.coupling)
        var names = [Set<String>](repeating: [], count: coupling.groups.count)
        for id in graph.valueIDs {
            let value = graph[id]
            for (axis, length) in value.type.shape.enumerated() {
                for group in coupling.laneCounts(id, axis: axis, length: length).keys {
                    names[group].insert(value.name)
                    if case .node(let node) = value.origin { names[group].insert(graph[node].name) }
                }
            }
        }
        for group in coupling.groups {
            for node in group.members.flatMap({ network.readers[$0.parameter] ?? [] }) {
                names[group.index].insert(graph[node].name)
            }
        }
        return names
    }
}
