internal import Compression
package import Coupling
package import Graph
internal import OptimalTransport
internal import Torch

/// A network in which the channels of every coupled group come in equal pairs, and what is left of it without one of
/// each pair.
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
        let changes = try coupling.groups.filter { $0.width > 1 }.map { group in
            (
                group: group, merging: try Self.map(group, sums: true),
                deletion: try Self.map(group, sums: false)
            )
        }
        merged = try paired.applying(changes.map { ($0.merging, $0.group) }, of: coupling)
        deleted = try paired.applying(changes.map { ($0.deletion, $0.group) }, of: coupling)
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

    private static func map(_ group: CoupledGroup, sums: Bool) throws -> ChannelMap {
        let width = group.width
        let pairs = stride(from: 0, to: width, by: 2).map { Array($0..<min($0 + 2, width)) }
        let kept = pairs.enumerated().map { $1[$0 % $1.count] }
        func matrix(_ value: (_ pair: [Int]) -> Double) throws -> SparseMatrix {
            try SparseMatrix(
                rows: pairs.count, columns: width,
                entries: pairs.enumerated().flatMap { row, pair in
                    pair.map { SparseMatrix.Entry(row: row, column: $0, value: value(pair)) }
                })
        }
        let mean = try matrix { 1 / Double($0.count) }
        // Channels that nothing with weights consumes meet in a product of two signals, as queries and keys do: what the
        // sum over pairs yields twice is made up for by the root of two in both.
        let isProduct = group.members(.consumer).isEmpty
        let producer = isProduct && sums ? try matrix { (1 / Double($0.count)).squareRoot() } : mean
        let selection = try ChannelMap.selection(kept, of: width)
        let consumer = try sums ? matrix { _ in 1 }.transposed : selection.transposed
        return try ChannelMap(
            kept: kept, producer: sums ? producer : selection, perChannel: sums ? mean : selection,
            consumers: group.members(.consumer).map {
                ChannelMap.Consumer(parameter: $0.name, axis: $0.axis, matrix: consumer)
            })
    }
}
