internal import Graph

extension ClassBuilder {
    /// One alternative of one choice.
    private struct Option: Hashable {
        let choice: Int
        let alternative: Int
    }

    /// Alternatives that one set of channels, such as the heads of an attention, needs together.
    private struct Candidate {
        var options: [Option] = []
        /// The number of channels.
        var length = 0
        /// The summed distance of the alternatives from the outermost factor.
        var depth = 0
        /// Whether the channels are frozen in any case.
        var isFrozen = false
    }

    /// Chooses one of each list of alternatives so that as many channels as possible can be removed.
    ///
    /// A Reshape that splits channels into heads, and one that joins them again, only leave the heads free if
    /// both are read that way. Alternatives whose own axis (the one with a lane per channel) is connected
    /// belong together. Sets of them are chosen as a whole: first those that nothing freezes, among them the
    /// preferred factors, then the longest. Linear in the lengths of the axes.
    mutating func choose() throws {
        guard !choices.isEmpty else { return }
        var candidates: [Int: Candidate] = [:]
        let frozen = frozenRoots()
        for (number, choice) in choices.enumerated() {
            for (index, link) in choice.alternatives.enumerated() {
                for own in ownAxes(link, of: graph[choice.node]) {
                    let root = sets.root(own.start)
                    var candidate = candidates[root] ?? Candidate()
                    let option = Option(choice: number, alternative: index)
                    if candidate.options.contains(option) { continue }
                    candidate.options.append(option)
                    candidate.length = max(candidate.length, own.length)
                    candidate.depth += index
                    candidate.isFrozen =
                        candidate.isFrozen
                        || (own.start..<(own.start + own.length)).contains { frozen[sets.root($0)] >= 0 }
                    candidates[root] = candidate
                }
            }
        }
        var chosen: [Int: Int] = [:]
        for (_, candidate) in candidates.filter({ !$0.value.isFrozen }).sorted(by: { isBetter($0, $1) }) {
            let fits = candidate.options.allSatisfy { chosen[$0.choice] ?? $0.alternative == $0.alternative }
            guard fits, Set(candidate.options.map(\.choice)).count == candidate.options.count else {
                continue
            }
            for option in candidate.options { chosen[option.choice] = option.alternative }
        }
        for (number, choice) in choices.enumerated() {
            let node = graph[choice.node]
            let link = choice.alternatives[chosen[number] ?? 0]
            try unite(link, of: node, choice.node)
            let mentioned = choice.alternatives.reduce(into: Set<AxisReference>()) {
                $0.formUnion([$1.first, $1.second])
            }
            for axis in mentioned where ![link.first, link.second].contains(axis) {
                if !choice.covered.contains(axis) { freeze(axis, of: node) }
            }
        }
    }

    /// Whether one set of channels is chosen before another: by depth per alternative, length, and place.
    private func isBetter(
        _ left: (key: Int, value: Candidate), _ right: (key: Int, value: Candidate)
    ) -> Bool {
        let sign = factors == .outermost ? 1 : -1
        let depths = (
            sign * left.value.depth * right.value.options.count,
            sign * right.value.depth * left.value.options.count
        )
        return (depths.0, -left.value.length, left.key) < (depths.1, -right.value.length, right.key)
    }

    /// The axes of a link with one lane per channel.
    private func ownAxes(_ link: AxisLink, of node: Node) -> [(start: Int, length: Int)] {
        let places = [link.first, link.second].compactMap { place($0, of: node) }
        let channels = places.map(\.length).min()
        return places.filter { $0.length == channels }.map { ($0.start, $0.length) }
    }
}
