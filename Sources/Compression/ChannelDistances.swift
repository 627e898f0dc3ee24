internal import Graph
internal import OptimalTransport
internal import Synchronization

/// The distances of a group's channels from kept ones.
///
/// The first request computes those from its kept channels alone; another one shows that more will follow, and computes all
/// distances, of which each selects columns.
final class ChannelDistances: Sendable {
    private let cost: any GroundCost
    private let features: Lazy<FeatureMatrix>
    private let state = Mutex<State>(.nothing)

    private enum State {
        case nothing
        case some(kept: [Int], CostMatrix)
        case all(CostMatrix)
    }

    /// Prepares distances between features.
    init(_ cost: any GroundCost, of features: Lazy<FeatureMatrix>) {
        self.cost = cost
        self.features = features
    }

    /// Returns the distances of all channels from the kept ones. `[n, m]`
    func distances(kept: [Int]) throws -> CostMatrix {
        try state.withLock { state in
            switch state {
            case .all(let all): return try all.selectingColumns(kept)
            case .some(kept, let known): return known
            case .some:
                let all = try cost.pairwise(features.value())
                state = .all(all)
                return try all.selectingColumns(kept)
            case .nothing:
                let some = try cost.distances(features: features.value(), kept: kept)
                state = .some(kept: kept, some)
                return some
            }
        }
    }
}
