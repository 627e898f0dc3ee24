import AnalysisSupport
import Compression
import Coupling
import Graph
import NetworkSupport
import OptimalTransport
import Testing
import Torch

/// Images must give answers that differ by more than this, or a test of the answers would show nothing.
let leastSpread = 1e-2

extension SparseMatrix {
    /// Row t holds a one at column `order[t]`. `[count, count]`
    static func permutation(_ order: [Int]) throws -> SparseMatrix {
        try ChannelMap.selection(order, of: order.count)
    }
}

extension ChannelMap {
    /// A map with one matrix for producers and one for consumers.
    init(_ group: CoupledGroup, kept: [Int], producer: SparseMatrix, consumer: SparseMatrix) throws {
        try self.init(
            kept: kept, producer: producer, perChannel: producer,
            consumers: group.members(.consumer).map {
                Consumer(parameter: $0.name, axis: $0.axis, matrix: consumer)
            })
    }

    /// Puts the channels into another order.
    init(permuting group: CoupledGroup, _ order: [Int]) throws {
        let matrix = try SparseMatrix.permutation(order)
        try self.init(
            group, kept: Array(0..<group.width), producer: matrix, consumer: matrix.transposed)
    }

    /// Leaves everything as it is.
    init(identityOf group: CoupledGroup) throws {
        try self.init(permuting: group, Array(0..<group.width))
    }

    /// Removes all channels but some.
    init(deletingAllBut kept: [Int], of group: CoupledGroup, in graph: Graph) throws {
        struct NoPlan: Error {}
        self = try DeletionRule().channelMap(
            MergeContext(group: group, graph: graph, kept: kept) { throw NoPlan() })
    }
}

extension Graph {
    /// Returns the network with the positions of some channels set to zero wherever the channels are made or changed.
    func zeroing(_ channels: Set<Int>, of group: CoupledGroup) throws -> Graph {
        var tensors: [ValueID: Tensor] = [:]
        for member in group.members where member.role != .consumer {
            guard let old = tensors[member.parameter] ?? self[member.parameter].tensor else { continue }
            var mask = [Float](repeating: 1, count: old.shape[member.axis])
            for position in channels.flatMap({ member.positions[$0] }) { mask[position] = 0 }
            var shape = old.shape.map { _ in 1 }
            shape[member.axis] = mask.count
            tensors[member.parameter] = try old.multiplied(by: Tensor(mask, shape: shape))
        }
        return try replacing(parameters: tensors)
    }

    /// Returns the network after every group, from the first on, was changed by a map.
    func mappingEveryGroup(_ map: (CoupledGroup, Graph) throws -> ChannelMap) throws -> Graph {
        var current = self
        for original in try Coupling(self).groups {
            let coupling = try Coupling(current)
            let group = try coupling.group(of: original.references)
            current = try current.applying(map(group, current), to: group, of: coupling)
        }
        return current
    }

    /// The number of nodes of a type.
    func count(of type: String) -> Int { nodes.count { $0.type == type } }
}

/// Whether every element is a number.
func isFinite(_ tensor: Tensor) throws -> Bool {
    try tensor.floats().allSatisfy { $0.isFinite }
}
