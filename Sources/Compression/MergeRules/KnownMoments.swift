internal import Analysis
internal import Synchronization

/// The moments of merged channels that were derived for a group, each once.
///
/// Several forms of a merge share them: what differs is what becomes of the consumers.
final class KnownMoments: Sendable {
    private let entries = Mutex<[(map: ChannelMap, moments: GroupMoments)]>([])

    /// Returns the moments of what a map merges; derives them where no map before merged alike.
    func moments(of map: ChannelMap, derive: () throws -> GroupMoments) throws -> GroupMoments {
        try entries.withLock { entries in
            if let known = entries.first(where: { $0.map.mergesLike(map) }) { return known.moments }
            let moments = try derive()
            entries.append((map, moments))
            return moments
        }
    }
}

extension ChannelMap {
    /// Whether another map makes the same channels, whatever becomes of their consumers.
    func mergesLike(_ other: ChannelMap) -> Bool {
        kept == other.kept && producer == other.producer && perChannel == other.perChannel
    }
}
