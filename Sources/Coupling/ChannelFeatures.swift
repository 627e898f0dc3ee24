public import Graph
internal import Torch

/// The weights that belong to each channel of a group, one row per channel.
///
/// A row concatenates the channel's flattened slices over the producing and consuming members and the kernels
/// that filter it alone; biases and normalisations are left out. Shape [channels, features].
public struct ChannelFeatures: Sendable {
    /// The part of every row that comes from one member.
    public struct Segment: Sendable {
        /// The member.
        public let member: GroupMember
        /// Its columns.
        public let columns: Range<Int>
    }

    /// The elements in row-major order.
    public let values: [Float]
    /// The number of channels.
    public let rows: Int
    /// The number of features of a channel.
    public let columns: Int
    /// The columns of each member's slices.
    public let segments: [Segment]

    /// Gathers the features of a group.
    ///
    /// - Parameters:
    ///   - group: The group.
    ///   - graph: The network in which the group was found.
    ///   - roles: The roles of the members that count.
    /// - Throws: `GraphError` naming a weight that is not finite.
    public init(
        _ group: CoupledGroup, in graph: Graph, roles: Set<MemberRole> = [.producer, .consumer, .perChannel]
    ) throws {
        var parts: [(member: GroupMember, slices: [Float], width: Int)] = []
        for member in group.members where roles.contains(member.role) && member.isWeight(in: graph) {
            guard let tensor = graph[member.parameter].tensor else { continue }
            let slices = try Self.slices(of: member, tensor.floats(), shape: tensor.shape)
            if slices.contains(where: { !$0.isFinite }) { throw member.notFinite }
            parts.append((member, slices, slices.count / max(group.width, 1)))
        }
        let total = parts.reduce(0) { $0 + $1.width }
        let rows = group.width
        var segments: [Segment] = []
        var start = 0
        for part in parts {
            segments.append(Segment(member: part.member, columns: start..<(start + part.width)))
            start += part.width
        }
        values = [Float](unsafeUninitializedCapacity: rows * total) { buffer, count in
            for row in 0..<rows {
                for (segment, part) in zip(segments, parts) {
                    let target = buffer[(row * total + segment.columns.lowerBound)...]
                    part.slices.withUnsafeBufferPointer { source in
                        _ = UnsafeMutableBufferPointer(rebasing: target).update(
                            fromContentsOf: source[(row * part.width)..<((row + 1) * part.width)])
                    }
                }
            }
            count = rows * total
        }
        self.rows = rows
        columns = total
        self.segments = segments
    }

    /// Returns a member's slices one channel after the other.
    private static func slices(of member: GroupMember, _ values: [Float], shape: [Int]) -> [Float] {
        let length = shape[member.axis]
        let inner = shape[(member.axis + 1)...].reduce(1, *)
        let outer = shape[..<member.axis].reduce(1, *)
        let total = member.positions.joined().count * outer * inner
        return [Float](unsafeUninitializedCapacity: total) { result, count in
            values.withUnsafeBufferPointer { values in
                for positions in member.positions {
                    for block in 0..<outer {
                        for position in positions {
                            let start = (block * length + position) * inner
                            for index in start..<(start + inner) {
                                result.initializeElement(at: count, to: values[index])
                                count += 1
                            }
                        }
                    }
                }
            }
        }
    }
}
