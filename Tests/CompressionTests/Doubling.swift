import Checkpoints
import Coupling
import Graph
import Models
import NetworkSupport
import Torch

extension NetworkCase {
    /// Returns a network of the same function in which every channel of every group is there twice, side by side.
    ///
    /// Whatever makes a channel is copied; whatever consumes it is shared between the copies in halves, which is exact.
    func doubling(_ graph: Graph) throws -> Graph {
        var state = graph.stateDictionary
        for group in try Coupling(graph).groups {
            for member in group.members {
                guard let tensor = state[member.name] else { throw GraphError("no \(member.name)") }
                let copies = try tensor.selecting(
                    axis: member.axis, Self.doubledPositions(member, length: tensor.shape[member.axis]))
                state[member.name] =
                    member.role == .consumer ? try copies.applying(.multiplied(0.5)) : copies
            }
        }
        return try architecture.load(state, imageSize: imageSize)
    }

    /// The positions of an axis with each channel's repeated behind it.
    ///
    /// Behind a flattening, a channel is a run of positions and is repeated as a whole; in the groups of a convolution it
    /// is one position of each group and is repeated in each.
    private static func doubledPositions(_ member: GroupMember, length: Int) -> [Int] {
        let isRun = member.positions.allSatisfy { positions in
            zip(positions, positions.dropFirst()).allSatisfy { $1 == $0 + 1 }
        }
        if isRun { return member.positions.flatMap { $0 + $0 } }
        return (0..<length).flatMap { [$0, $0] }
    }
}
