package import Coupling
internal import Graph

extension AnalysedNetwork {
    /// Finds the linear spaces of groups.
    ///
    /// Elements are tagged with the channel that they hold and followed through the network at the traced sizes. A group
    /// of which any channel meets something that is not linear, or that does not treat all channels alike, has none.
    /// - Parameter groups: The groups in question.
    package func linearSpaces(of groups: [CoupledGroup]) throws -> [LinearSpace] {
        var walk = LinearSpaceWalk(self, groups)
        guard !walk.table.strands.isEmpty, walk.table.isExact else { return [] }
        for id in graph.nodeIDs { try walk.pass(id) }
        return walk.spaces()
    }
}

extension LinearSpaceWalk {
    /// The spaces of all groups that nothing spoils.
    fileprivate func spaces() -> [LinearSpace] {
        var members: [Int: [Int]] = [:]
        var incomplete = table.spoiled
        for strand in table.strands.indices {
            members[table.root(strand).strand, default: []].append(strand)
            if !table.met.contains(strand) { incomplete.insert(table.strands[strand].group) }
        }
        var found: [LinearSpace] = []
        for (root, strands) in members.sorted(by: { $0.key < $1.key }) {
            let group = table.strands[root].group
            guard !incomplete.contains(group) else { continue }
            guard let readers = readers(of: strands) else {
                incomplete.insert(group)
                continue
            }
            found.append(
                LinearSpace(
                    group: group,
                    lanes: strands.map {
                        LinearSpace.Lanes(
                            member: table.strands[$0].member, isInverse: table.root($0).isInverse)
                    }, readers: readers))
        }
        return found.filter { !incomplete.contains($0.group) }
    }

    /// What reads the strands of a space; nil if it is not known, or of both kinds.
    private func readers(of strands: [Int]) -> LinearSpace.Readers? {
        let consumers = strands.filter { table.strands[$0].member.role == .consumer }
        let pairs = products.filter { strands.contains($0.left) }
        guard consumers.isEmpty else {
            // Makers are multiplied by the matrix itself.
            let makers = strands.filter { table.strands[$0].member.role != .consumer }
            guard pairs.isEmpty, makers.allSatisfy({ !table.root($0).isInverse }),
                consumers.allSatisfy({ table.root($0).isInverse })
            else { return nil }
            return .layers(consumers.compactMap { layers[$0] })
        }
        let left = strands.filter { !table.root($0).isInverse }
        let right = strands.filter { table.root($0).isInverse }
        func places(_ side: [Int]) -> [LinearSpace.Place] {
            var seen: Set<LinearSpace.Place> = []
            return side.filter { table.strands[$0].member.role == .producer }
                .compactMap { self.places[$0] }.filter { seen.insert($0).inserted }
        }
        guard !pairs.isEmpty, !places(left).isEmpty, !places(right).isEmpty else { return nil }
        return .products(left: places(left), right: places(right))
    }
}
