internal import AnalysisSupport
import Compression
import Coupling
import Graph
import OptimalTransport
import Testing
import Torch

/// Removes channels, and says what must come out of the network then.
enum Deletion {
    /// Returns the network with only some channels of a group left.
    static func keeping(_ kept: [Int], of group: CoupledGroup, in graph: Graph, _ coupling: Coupling) throws
        -> Graph
    {
        let selection = try ChannelMap.selection(kept, of: group.width)
        let map = try ChannelMap(
            kept: kept, producer: selection, perChannel: selection,
            consumers: group.members(.consumer).map {
                ChannelMap.Consumer(parameter: $0.name, axis: $0.axis, matrix: selection.transposed)
            })
        return try graph.applying(map, to: group, of: coupling)
    }

    /// Returns the network of the old size in which nothing reads the channels that were removed.
    ///
    /// Its outputs are those of the network without them.
    static func ignoring(_ kept: [Int], of group: CoupledGroup, in graph: Graph) throws -> Graph {
        var tensors: [ValueID: Tensor] = [:]
        for member in group.members(.consumer) {
            let tensor = try #require(tensors[member.parameter] ?? graph[member.parameter].tensor)
            let positions = Set(kept.flatMap { member.positions[$0] })
            var shape = tensor.shape.map { _ in 1 }
            shape[member.axis] = tensor.shape[member.axis]
            let mask = (0..<tensor.shape[member.axis]).map { positions.contains($0) ? Float(1) : 0 }
            tensors[member.parameter] = try tensor.multiplied(by: Tensor(mask, shape: shape))
        }
        return try graph.replacing(parameters: tensors)
    }

    /// Returns the group of which a parameter's axis is a producer, and that something reads.
    static func group(producing parameter: String, _ coupling: Coupling) throws -> CoupledGroup {
        try #require(
            coupling.groups.first { group in
                group.members(.producer).contains { $0.name == parameter }
                    && !group.members(.consumer).isEmpty
            })
    }
}
