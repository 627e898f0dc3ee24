internal import Compression
internal import Evaluation
internal import Calibration
internal import Graph

/// Finds how far a network can be pruned: the agreement with the original at several sizes.
///
/// Measurements of groups are shared by all sizes. Only the final result is refined as a whole.
public struct AgreementSearch {
    /// One size.
    public struct Point: Sendable, Codable, Equatable {
        /// Its cost as a share of the original's.
        public let multiplyAccumulates: Double
        public let parameters: Double
        /// The share of the original that is kept: of its answers, or of whatever a judge counts.
        public let kept: Double
    }

    /// Returns the share of the original that a result keeps.
    public typealias Judge = (PruningResult) throws -> Double

    /// The shares of the multiply-accumulates on a curve.
    public static let shares = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]
    /// The smallest share that is tried, and the largest.
    private static let range = 0.1...0.975
    /// How often the range is halved.
    private static let halvings = 4

    private let pruner: Pruner
    private let judge: Judge

    /// Prepares a search.
    ///
    /// - Parameters:
    ///   - pruner: The pruner; its budgets are replaced by one of multiply-accumulates.
    ///   - judge: Returns the share of the original that a result keeps; nil is that of its answers on held-out inputs.
    public init(_ pruner: Pruner, judge: Judge? = nil) {
        self.pruner = pruner
        self.judge =
            judge ?? { result in
                guard let judgement = try pruner.fidelity(of: result) else {
                    throw PruningError(
                        "no held-out inputs to compare networks on: give more inputs than the fit uses")
                }
                return judgement.fidelity.kept
            }
    }

    /// Returns the curve of what is kept against the size, largest size first; it ends where no smaller size can be
    /// reached.
    ///
    /// - Parameter report: Called with the stage and the share that is done.
    public func curve(report: (String, Double) throws -> Void = { _, _ in }) throws -> [Point] {
        var points: [Point] = []
        for (place, share) in Self.shares.enumerated() {
            let done = Double(place) / Double(Self.shares.count)
            let result: PruningResult
            do {
                result = try attempt(share) {
                    try report($0, done + $1 / Double(Self.shares.count))
                }
            } catch is PruningError {
                break
            }
            points.append(try point(result))
        }
        guard !points.isEmpty else { throw PruningError("nothing can be removed from this network") }
        return points
    }

    /// Returns the smallest network found that keeps a share of the original, and all sizes that were tried.
    ///
    /// - Parameters:
    ///   - goal: The share.
    ///   - report: Called with the stage and the share that is done.
    /// - Throws: `PruningError` if even the largest size tried keeps less.
    public func smallest(
        keeping goal: Double, report: (String, Double) throws -> Void = { _, _ in }
    ) throws -> (result: PruningResult, curve: [Point]) {
        var points: [Point] = []
        var best: (result: PruningResult, share: Double)?
        // What is kept need not fall with the size: the search continues below the smallest size that keeps enough.
        var (low, high) = (Self.range.lowerBound, Self.range.upperBound)
        let coarse = [Self.range.upperBound] + Self.shares
        let rounds = coarse.count + Self.halvings
        for round in 0..<rounds {
            let share = round < coarse.count ? coarse[round] : (low + high) / 2
            func progress(_ stage: String, _ fraction: Double) throws {
                try report(stage, (Double(round) + fraction) / Double(rounds + 1))
            }
            let result: PruningResult
            do { result = try attempt(share, report: progress) } catch let error as PruningError {
                guard round > 0 else { throw error }
                low = max(low, share)
                continue
            }
            let point = try point(result)
            points.append(point)
            if point.kept >= goal {
                best = (result, share)
                high = min(share, point.multiplyAccumulates)
                if round < coarse.count { low = Self.range.lowerBound }
            } else {
                low = max(low, share)
            }
            if low >= high { low = (coarse.filter { $0 < high } + [Self.range.lowerBound])[0] }
        }
        guard best != nil else {
            let most = points.max { $0.kept < $1.kept }
            throw PruningError(
                "at no size it keeps \(Self.percent(goal)): at most \(Self.percent(most?.kept ?? 0)), with \(Self.percent(most?.multiplyAccumulates ?? 1)) of the multiply-accumulates left"
            )
        }
        guard case (var result, let share)? = best else {
            throw PruningError("nothing keeps \(Self.percent(goal))")
        }
        if pruner.options.calibration != nil {
            let refined = try pruner.retargeted(budget: share, isFinal: true).run { stage, fraction in
                try report(stage, (Double(rounds) + fraction) / Double(rounds + 1))
            }
            let point = try point(refined)
            points.append(point)
            if point.kept >= goal { result = refined }
        }
        return (result, points.sorted { $0.multiplyAccumulates > $1.multiplyAccumulates })
    }

    private static func percent(_ share: Double) -> String {
        "\((share * 1000).rounded() / 10) %"
    }

    private func attempt(
        _ share: Double, report: (String, Double) throws -> Void
    ) throws -> PruningResult {
        try pruner.retargeted(budget: share, isFinal: false).run(report: report)
    }

    private func point(_ result: PruningResult) throws -> Point {
        func share(_ path: KeyPath<NetworkCost, Int>) -> Double {
            Double(result.after[keyPath: path]) / Double(max(result.before[keyPath: path], 1))
        }
        return Point(
            multiplyAccumulates: share(\.multiplyAccumulates), parameters: share(\.parameters),
            kept: try judge(result))
    }
}
