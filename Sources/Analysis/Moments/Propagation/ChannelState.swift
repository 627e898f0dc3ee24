package import Torch

/// The state of a value whose channels lie on one of its axes.
package struct ChannelState: Sendable {
    /// The axis.
    package let axis: Int
    /// The channel of each lane; after a flattening, several lanes are positions of one channel.
    package let channels: [Int]
    /// The moments of the channels.
    package let moments: JointMoments

    /// The number of channels.
    var width: Int { moments.mean.count }

    /// Whether each lane is its own channel.
    var isPlain: Bool { channels.count == width && channels.indices.allSatisfy { channels[$0] == $0 } }

    /// Makes a state whose channels are the lanes of an axis.
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

    /// The lanes of each channel; nil if their number differs between channels.
    var lanes: [[Int]]? {
        var lanes = [[Int]](repeating: [], count: width)
        for (lane, channel) in channels.enumerated() { lanes[channel].append(lane) }
        let count = lanes.first?.count ?? 0
        return count > 0 && lanes.allSatisfy { $0.count == count } ? lanes : nil
    }
}
