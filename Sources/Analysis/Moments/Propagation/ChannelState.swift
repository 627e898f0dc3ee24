package import Torch

/// What is known of a value whose channels lie on one of its axes.
package struct ChannelState: Sendable {
    /// The axis.
    package let axis: Int
    /// The channel of each lane of the axis; after a flattening several lanes are positions of one channel.
    package let channels: [Int]
    /// The moments of the channels.
    package let moments: JointMoments

    /// The number of channels.
    var width: Int { moments.mean.count }

    /// Whether each lane is a channel of its own.
    var isPlain: Bool { channels.count == width && channels.indices.allSatisfy { channels[$0] == $0 } }

    /// Channels that are the lanes of an axis.
    init(axis: Int, moments: JointMoments) {
        self.init(axis: axis, channels: Array(0..<moments.mean.count), moments: moments)
    }

    init(axis: Int, channels: [Int], moments: JointMoments) {
        self.axis = axis
        self.channels = channels
        self.moments = moments
    }

    /// Other moments of the same channels.
    func with(_ moments: JointMoments) -> ChannelState {
        ChannelState(axis: axis, channels: channels, moments: moments)
    }

    /// The lanes of each channel; nil if channels have different numbers of them.
    var lanes: [[Int]]? {
        var lanes = [[Int]](repeating: [], count: width)
        for (lane, channel) in channels.enumerated() { lanes[channel].append(lane) }
        let count = lanes.first?.count ?? 0
        return count > 0 && lanes.allSatisfy { $0.count == count } ? lanes : nil
    }
}
