internal import Foundation
package import Torch

/// The distance of a network's outputs from those of the network it was made from, on the same inputs.
///
/// Outputs mix quantities of different scale, such as box coordinates of hundreds and scores below one, so
/// errors are counted channel by channel:
///
/// - probabilities `p` (no negative elements, sums of one along an axis) by `mean KL(p || q)`;
/// - matrices `[samples, features]` by `sum (d - mean d)^2 / sum (z - mean z)^2` of each sample, averaged,
///   where z is the original and d the difference: a shift of all scores does not change their order;
/// - other floating-point outputs by `mean_c (mean d_c^2 / var z_c)`, c being axis 1, over channels that
///   vary;
/// - integers by the share of elements that differ.
///
/// Shares are capped at `greatest`: beyond that, an output is lost.
package struct OutputDivergence {
    /// What an output holds.
    package enum Kind {
        case probabilities(axis: Int)
        case scores
        case channels
        case whole
    }

    /// The divergence that counts as lost.
    private static let greatest = 2.0
    /// Smaller probabilities count as this.
    private static let leastProbability = 1e-7

    private let kind: Kind
    private var sum = 0.0
    private var weight = 0.0
    private var squares: [Double] = []
    private var total: [Double] = []
    private var totalSquares: [Double] = []
    private var count = 0.0

    package init(_ kind: Kind) { self.kind = kind }

    /// Adds one batch of an output.
    package mutating func add(_ original: Tensor, _ other: Tensor) throws {
        guard original.shape == other.shape else {
            throw EvaluationError(
                "the networks give different outputs: \(original.shape) and \(other.shape)")
        }
        guard original.count > 0 else { return }
        switch kind {
        case .probabilities(let axis): try addProbabilities(original, other, axis)
        case .scores: try addScores(original, other)
        case .channels: try addChannels(original, other)
        case .whole:
            let equal = try original.combined(.equal, other).converted(to: .float64)
            weight += Double(original.count)
            sum +=
                Double(original.count) - (try equal.reshaped([equal.count]).reduced(.sum, axes: [0]).scalar())
        }
    }

    /// The divergence of all batches.
    package var value: Double {
        guard case .channels = kind else { return weight > 0 ? sum / weight : 0 }
        var (shares, varying) = (0.0, 0.0)
        for (channel, square) in squares.enumerated() {
            let mean = total[channel] / count
            let variance = totalSquares[channel] / count - mean * mean
            guard variance > 1e-12 * max(mean * mean, 1e-12) else { continue }
            let share = square / count / variance
            shares += share.isFinite ? min(share, Self.greatest) : Self.greatest
            varying += 1
        }
        return varying > 0 ? shares / varying : 0
    }

    /// Determines what an output holds.
    package static func kind(of output: Tensor) throws -> Kind {
        guard output.type.isFloatingPoint else { return .whole }
        for axis in [output.rank - 1, 1] where output.rank >= 2 && output.shape[axis] > 1 {
            let values = try output.converted(to: .float64)
            let sums = try values.reduced(.sum, axes: [axis]).doubles()
            guard sums.allSatisfy({ abs($0 - 1) < 1e-3 }) else { continue }
            if try values.doubles().allSatisfy({ $0 >= 0 }) { return .probabilities(axis: axis) }
        }
        return output.rank == 2 && output.shape[1] > 1 ? .scores : .channels
    }

    private mutating func addProbabilities(_ original: Tensor, _ other: Tensor, _ axis: Int) throws {
        let least = Self.leastProbability
        let p = try original.converted(to: .float64).applying(.clamp(low: least, high: 1))
        let q = try other.converted(to: .float64).applying(.clamp(low: least, high: 1))
        let terms = try p.multiplied(by: p.applying(.logarithm).subtracting(q.applying(.logarithm)))
        let places = try terms.reduced(.sum, axes: [axis]).doubles()
        for value in places { sum += value.isFinite ? value : -log(least) }
        weight += Double(places.count)
    }

    private mutating func addScores(_ original: Tensor, _ other: Tensor) throws {
        let z = try original.converted(to: .float64)
        let d = try other.converted(to: .float64).subtracting(z)
        func spread(_ values: Tensor) throws -> [Double] {
            let centred = try values.subtracting(values.reduced(.mean, axes: [1], keepingAxes: true))
            return try centred.multiplied(by: centred).reduced(.sum, axes: [1]).doubles()
        }
        for (error, size) in zip(try spread(d), try spread(z)) {
            let share = error == 0 ? 0 : error / size
            sum += share.isFinite ? min(share, Self.greatest) : Self.greatest
            weight += 1
        }
    }

    private mutating func addChannels(_ original: Tensor, _ other: Tensor) throws {
        let z = try Self.byChannel(original)
        let d = try Self.byChannel(other).subtracting(z)
        func add(_ values: Tensor, to sums: inout [Double]) throws {
            let new = try values.reduced(.sum, axes: [1]).doubles()
            sums = sums.isEmpty ? new : zip(sums, new).map(+)
        }
        try add(d.multiplied(by: d), to: &squares)
        try add(z, to: &total)
        try add(z.multiplied(by: z), to: &totalSquares)
        count += Double(z.shape[1])
    }

    /// An output as `[channels, positions]` in double precision.
    static func byChannel(_ output: Tensor) throws -> Tensor {
        let values = try output.converted(to: .float64)
        guard values.rank >= 3 else { return try values.reshaped([1, values.count]) }
        let channels = values.shape[1]
        return try values.permuted([1, 0] + Array(2..<values.rank))
            .reshaped([channels, values.count / channels])
    }
}
