internal import Moments
internal import OptimalTransport
internal import Synchronization

/// The moments of merged channels that were derived for a group, each once.
///
/// Several forms of a merge share them: what differs is what becomes of the consumers.
final class KnownMoments: Sendable {
    private struct Entry {
        let kept: [Int]
        let producer: SparseMatrix
        let perChannel: SparseMatrix
        let moments: GroupMoments
    }

    private let entries = Mutex<[Entry]>([])

    /// Returns the moments of what a map merges; derives them where no map before merged alike.
    func moments(of map: ChannelMap, derive: () throws -> GroupMoments) throws -> GroupMoments {
        try entries.withLock { entries in
            let known = entries.first {
                $0.kept == map.kept && $0.producer == map.producer && $0.perChannel == map.perChannel
            }
            if let known { return known.moments }
            let moments = try derive()
            entries.append(
                Entry(
                    kept: map.kept, producer: map.producer, perChannel: map.perChannel, moments: moments))
            return moments
        }
    }
}
