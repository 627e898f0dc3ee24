package import Torch

/// One consumer's outputs, and the part of them that the channels chosen so far do not predict.
///
/// E is the covariance of the channels after regression on the chosen ones, and `G = E Q E`. Choosing a
/// channel j turns them into
///
///     w = e / sqrt(E_jj),   v = g / sqrt(E_jj),   s = G_jj / E_jj        e, g: column j of E and of G
///     E - w w^T             G - w u^T - u w^T,    u = v - s w / 2
///
/// A choice costs O(n): only the diagonals are updated, and columns are computed on request. After a block of
/// choices both matrices are updated, by one product each.
package struct OutputSelection {
    /// Q of all channels.
    private let metric: OutputMetric
    /// The channels at the beginning of the block.
    private var channels: [Int]
    /// The channels' E and G at the beginning of the block. `[n, n]`
    private var rest: Tensor
    private var gain: Tensor
    /// E_jj and G_jj now.
    private var variances: [Double]
    private var gains: [Double]
    /// w and u of the choices of this block.
    private var steps: [(direction: [Double], pull: [Double])] = []
    /// tr(Q C); one where it is zero.
    private let total: Double
    /// A channel with a smaller remaining variance is predicted by those already chosen.
    private let least: Double
    /// tr(Q E) now, and when G was last computed from E.
    private var unexplained: Double
    private var unexplainedAtRefresh: Double

    /// The smallest variance as a share of the mean.
    private static let exhausted = 1e-9
    /// G is recomputed from E when this share of tr(Q E) is left since the last time: otherwise rounding
    /// errors of the old numbers would drown the new ones.
    private static let refreshShare = 1e-3
    /// Below this share of the total, further digits are not worth computing.
    private static let negligible = 1e-12

    /// Starts without any channel chosen.
    ///
    /// - Parameters:
    ///   - covariance: C. `[n, n]`, double precision
    ///   - rows: F of `Q = F^T F`. `[rows, n]`, double precision
    package init(covariance: Tensor, rows: Tensor) throws {
        metric = try OutputMetric(rows: rows)
        channels = Array(0..<covariance.shape[0])
        rest = covariance
        let trace: Double
        (gain, trace) = try metric.gain(of: covariance)
        variances = try covariance.diagonal().doubles()
        gains = try gain.diagonal().doubles()
        total = trace > 0 ? trace : 1
        unexplained = total
        unexplainedAtRefresh = total
        least = variances.reduce(0, +) / Double(max(variances.count, 1)) * Self.exhausted
    }

    /// Whether a block should end early.
    var needsRefresh: Bool {
        unexplained < Self.refreshShare * unexplainedAtRefresh
            && unexplainedAtRefresh > Self.negligible * total
    }

    /// The share of the outputs' variance that choosing the channel at a place removes.
    func explained(by place: Int) -> Double {
        let variance = variances[place]
        return variance > least ? max(gains[place], 0) / variance / total : 0
    }

    /// Removes what the channel at a place predicts.
    mutating func choose(_ place: Int) throws {
        let variance = variances[place]
        guard variance > least else { return }
        var direction = try rest.selecting(axis: 0, [place]).doubles()
        var pull = try gain.selecting(axis: 0, [place]).doubles()
        for step in steps {
            let (own, ownPull) = (step.direction[place], step.pull[place])
            Self.add(-own, step.direction, to: &direction)
            Self.add(-own, step.pull, to: &pull)
            Self.add(-ownPull, step.direction, to: &pull)
        }
        let scale = 1 / variance.squareRoot()
        let explained = gains[place] / variance
        for index in direction.indices {
            direction[index] *= scale
            pull[index] = pull[index] * scale - explained / 2 * direction[index]
            variances[index] -= direction[index] * direction[index]
            gains[index] -= 2 * direction[index] * pull[index]
        }
        unexplained -= explained
        steps.append((direction, pull))
    }

    /// Adds a multiple of one vector to another of the same length.
    private static func add(_ factor: Double, _ vector: [Double], to sum: inout [Double]) {
        vector.withUnsafeBufferPointer { vector in
            sum.withUnsafeMutableBufferPointer { sum in
                for index in 0..<min(vector.count, sum.count) { sum[index] += factor * vector[index] }
            }
        }
    }

    /// Ends a block.
    ///
    /// - Parameter places: The places of the remaining channels; nil is all.
    mutating func endBlock(keeping places: [Int]? = nil) throws {
        let isStale = needsRefresh
        if !steps.isEmpty {
            let count = channels.count
            func rows(_ values: KeyPath<(direction: [Double], pull: [Double]), [Double]>) throws -> Tensor {
                try Tensor(steps.flatMap { $0[keyPath: values] }, shape: [steps.count, count])
            }
            let directions = try rows(\.direction)
            rest = try rest.adding(-1, symmetricProductOf: directions.transposed(), and: directions)
            if !isStale {
                // The sum of w u^T + u w^T over all steps as one product.
                let pulls = try rows(\.pull)
                let left = try Tensor.concatenated([directions, pulls], axis: 0)
                let right = try Tensor.concatenated([pulls, directions], axis: 0)
                gain = try gain.adding(-1, symmetricProductOf: left.transposed(), and: right)
            }
            steps = []
        }
        if let places {
            func selected(_ matrix: Tensor) throws -> Tensor {
                try matrix.selecting(axis: 0, places).selecting(axis: 1, places)
            }
            channels = places.map { channels[$0] }
            rest = try selected(rest)
            if !isStale { gain = try selected(gain) }
        }
        if isStale {
            gain = try metric.gain(of: rest, at: channels).product
            unexplainedAtRefresh = unexplained
        }
        variances = try rest.diagonal().doubles()
        gains = try gain.diagonal().doubles()
    }

    /// Chooses all channels one by one, each the one that removes the most variance over all consumers
    /// together.
    ///
    /// O(n^3), nearly all of it in matrix products.
    /// - Returns: The channels in the order of choice; those that remove nothing come last, in their own
    ///   order.
    package static func order(_ selections: inout [OutputSelection], count: Int) throws -> [Int] {
        var order: [Int] = []
        var channels = Array(0..<count)
        var isChosen = channels.map { _ in false }
        var block = 0
        while order.count < count {
            var best: Int?
            var most = 0.0
            for place in channels.indices where !isChosen[place] {
                let value = selections.reduce(0) { $0 + $1.explained(by: place) }
                if value > most { (best, most) = (place, value) }
            }
            guard let best else { break }
            isChosen[best] = true
            order.append(channels[best])
            for index in selections.indices { try selections[index].choose(best) }
            block += 1
            guard block == blockLength || selections.contains(where: \.needsRefresh) else { continue }
            block = 0
            let places = channels.indices.filter { !isChosen[$0] }
            guard !places.isEmpty else { break }
            // Leaving channels out copies all remaining ones, so it is only done now and then.
            guard
                selections.contains(where: \.needsRefresh)
                    || Double(places.count) < compactionShare * Double(channels.count)
            else {
                for index in selections.indices { try selections[index].endBlock() }
                continue
            }
            for index in selections.indices { try selections[index].endBlock(keeping: places) }
            channels = places.map { channels[$0] }
            isChosen = channels.map { _ in false }
        }
        return order + channels.indices.filter { !isChosen[$0] }.map { channels[$0] }
    }

    /// The number of choices between two matrix products.
    private static let blockLength = 128
    /// The chosen channels are left out when at most this share of the channels remains.
    private static let compactionShare = 0.8
}
