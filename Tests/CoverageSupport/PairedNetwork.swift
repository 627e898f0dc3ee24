internal import AnalysisSupport
internal import Compression
package import Coupling
package import Graph
internal import Torch

/// A network in which the channels of every coupled group were made equal in pairs, and what is left of it without one of
/// each pair: for networks that cannot be doubled.
///
/// For every group, channels 2i and 2i + 1 get the same producing weights, biases and scales. If the coupled groups are
/// right, both carry the same signal everywhere, and merging them by their mean, with what consumes them summed, is
/// exact: M = 1/2 (1 1), R = (1 1)^T for each pair. Any mistake in the wiring shows in the outputs: channels that were
/// not really the same, a consumer that was overlooked, an attribute or a constant that did not shrink.
package struct PairedNetwork {
    /// The network with equal pairs, of the original's shapes.
    package let paired: Graph
    /// The network with one of each pair.
    package let merged: Graph
    /// The network that lost one of each pair without compensation: it must differ from the others.
    package let deleted: Graph

    /// Makes the networks; which one of a pair stays alternates.
    ///
    /// - Throws: What applying a channel map throws.
    package init(_ graph: Graph, _ coupling: Coupling) throws {
        paired = try Self.pairing(graph, coupling)
        let products = SignalProducts(graph, coupling).groups
        let mergings = coupling.groups.filter { $0.width > 1 }.map { group in
            PairMerging(
                group,
                pairs: stride(from: 0, to: group.width, by: 2).map { Array($0..<min($0 + 2, group.width)) },
                isProduct: products.contains(group.index))
        }
        merged = try paired.applying(mergings.map { try ($0.mean(), $0.group) }, of: coupling)
        deleted = try paired.applying(mergings.map { try ($0.deletion(), $0.group) }, of: coupling)
    }

    private static func pairing(_ graph: Graph, _ coupling: Coupling) throws -> Graph {
        var tensors: [ValueID: Tensor] = [:]
        for group in coupling.groups {
            for member in group.members where member.role != .consumer {
                guard let tensor = tensors[member.parameter] ?? graph[member.parameter].tensor else {
                    continue
                }
                var sources = Array(0..<tensor.shape[member.axis])
                for channel in stride(from: 1, to: group.width, by: 2) {
                    for (position, source) in zip(member.positions[channel], member.positions[channel - 1]) {
                        sources[position] = source
                    }
                }
                tensors[member.parameter] = try tensor.selecting(axis: member.axis, sources)
            }
        }
        return try graph.replacing(parameters: tensors)
    }
}
