internal import Analysis
internal import Synchronization

/// The moments of merged channels that were derived for a group, each computed once.
///
/// Several candidates share them, as only the treatment of the consumers differs.
final class KnownMoments: Sendable {
    private let entries = Mutex<[(map: ChannelMap, moments: GroupMoments)]>([])

    /// Returns the moments of the channels that a map makes, and derives them unless an earlier map made the
    /// same. Those of selected channels are among those of any other channels.
    func moments(of map: ChannelMap, derive: () throws -> GroupMoments) throws -> GroupMoments {
        try entries.withLock { entries in
            if let known = entries.first(where: { $0.map.mergesLike(map) }) { return known.moments }
            let moments =
                if let selected = map.selected, let (_, others) = entries.first {
                    others.selecting(selected)
                } else { try derive() }
            entries.append((map, moments))
            return moments
        }
    }
}

extension ChannelMap {
    /// The channels that the merged ones equal; nil if any of them is a mixture.
    var selected: [Int]? { isSelection && perChannel == producer ? kept : nil }

    /// Whether another map makes the same channels, whatever it does to consumers.
    func mergesLike(_ other: ChannelMap) -> Bool {
        kept == other.kept && producer == other.producer && perChannel == other.perChannel
    }
}
