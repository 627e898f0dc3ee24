internal import AnalysisSupport
internal import Compression
package import Coupling
package import Graph
internal import Torch

/// A network with every channel of its coupled groups twice, and what is left of that without one of each pair.
///
/// What makes a channel is repeated, M = [I; I], and what consumes it is shared between the copies in halves, R = [I I] / 2:
/// heads and their dimensions, groups of convolutions and lengths in shapes follow as they do when channels are removed.
/// The outputs stay what they were, and so they do when one of each pair is merged into the other by their mean. Any mistake
/// in the wiring shows: channels that are not the same, a consumer that was overlooked, a length that did not follow.
package struct DoubledNetwork {
    /// The network of twice the width.
    package let doubled: Graph
    /// The network with one of each pair, of the original's shapes.
    package let merged: Graph
    /// The network that lost one of each pair without compensation: it must differ from the others.
    package let deleted: Graph

    /// Makes the networks.
    ///
    /// - Parameter only: The groups whose channels are doubled; nil is all.
    /// - Throws: What applying a channel map throws; `GraphError` where the doubled network's groups are not the pairs.
    package init(_ graph: Graph, _ coupling: Coupling, only: Set<Int>? = nil) throws {
        // A single channel leaves no order to follow where it has several lanes.
        let wide = Set(
            coupling.groups.filter { $0.width > 1 && only?.contains($0.index) != false }.map(\.index))
        let products = SignalProducts(graph, coupling).groups
        let doubled = try Self.doubling(graph, coupling, wide, products)
        let found = try Coupling(doubled)
        var paired: Set<Int> = []
        let mergings = try found.groups.compactMap { group -> PairMerging? in
            let originals = try Self.originals(of: group, graph, coupling, wide)
            guard let first = originals.first, let index = first?.group, wide.contains(index) else {
                return nil
            }
            let pairs = Dictionary(grouping: originals.indices) { originals[$0] }
            let fits = pairs.allSatisfy { $0.key?.group == index && $0.value.count == 2 }
            guard fits, pairs.count == coupling.groups[index].width else {
                throw GraphError("the doubled network has other groups: \(group.members.first?.name ?? "")")
            }
            paired.insert(index)
            return PairMerging(
                group, pairs: pairs.values.sorted { $0[0] < $1[0] },
                isProduct: products.contains(index))
        }
        guard paired == wide, mergings.count == wide.count else {
            throw GraphError(
                "the doubled network has \(mergings.count) groups of pairs, expected \(wide.count)")
        }
        self.doubled = doubled
        merged = try doubled.applying(mergings.map { try ($0.mean(), $0.group) }, of: found)
        deleted = try doubled.applying(mergings.map { try ($0.deletion(), $0.group) }, of: found)
    }

    /// The channel that each one of a group of the doubled network is a copy of.
    private static func originals(
        of group: CoupledGroup, _ graph: Graph, _ coupling: Coupling, _ wide: Set<Int>
    ) throws -> [Coupling.Channel?] {
        guard let member = group.members.first else { return [] }
        let length = graph[member.parameter].type.shape[member.axis]
        let lanes =
            coupling.doubledLanes(member.parameter, axis: member.axis, length: length, groups: wide)
            ?? Array(0..<length)
        let labels = coupling.channels(member.parameter, axis: member.axis, length: length)
        return member.positions.map { $0.first.flatMap { labels[lanes[$0]] } }
    }

    private static func doubling(
        _ graph: Graph, _ coupling: Coupling, _ wide: Set<Int>, _ products: Set<Int>
    ) throws -> Graph {
        var tensors: [ValueID: Tensor] = [:]
        for group in coupling.groups where wide.contains(group.index) {
            let isProduct = products.contains(group.index)
            for member in group.members {
                guard let tensor = tensors[member.parameter] ?? graph[member.parameter].tensor else {
                    continue
                }
                let factor: Double =
                    switch member.role {
                    case .consumer: 0.5
                    case .producer, .bias: isProduct ? 0.5.squareRoot() : 1
                    case .perChannel: 1
                    }
                tensors[member.parameter] = try scaling(tensor, member, by: factor)
            }
        }
        for (id, tensor) in tensors {
            tensors[id] = try tensor.shape.enumerated().reduce(tensor) { result, axis in
                let lanes = coupling.doubledLanes(id, axis: axis.offset, length: axis.element, groups: wide)
                return try lanes.map { try result.selecting(axis: axis.offset, $0) } ?? result
            }
        }
        return try graph.following(tensors) { value, axis, length in
            coupling.doubledLanes(value, axis: axis, length: length, groups: wide)
        }
    }

    /// Returns a tensor with the slices of a member's channels multiplied.
    private static func scaling(_ tensor: Tensor, _ member: GroupMember, by factor: Double) throws -> Tensor {
        guard factor != 1, tensor.type.isFloatingPoint else { return tensor }
        var shape = tensor.shape.map { _ in 1 }
        shape[member.axis] = tensor.shape[member.axis]
        var factors = [Double](repeating: 1, count: shape[member.axis])
        for position in member.positions.joined() { factors[position] = factor }
        return try tensor.multiplied(by: Tensor(factors, shape: shape).converted(to: tensor.type))
    }
}
