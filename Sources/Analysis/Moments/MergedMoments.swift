package import Torch

/// The joint moments of n channels h, and of the m channels h' that they are merged into.
package struct MergedMoments: Sendable {
    /// Of h. `[n]` and `[n, n]`, double precision
    package let before: JointMoments
    /// Of h'. `[m]` and `[m, m]`
    package let after: JointMoments
    /// The channels that the merged ones equal; nil if any of them is a mixture.
    package let selected: [Int]?
    /// Cov(h, h'). `[n, m]`
    package let crossing: Tensor

    /// The moments of h and of some of its channels.
    init(_ moments: JointMoments, selecting channels: [Int]) throws {
        before = moments
        selected = channels
        crossing = try moments.covariance.selecting(axis: 1, channels)
        after = JointMoments(
            mean: try moments.mean.selecting(axis: 0, channels),
            covariance: try crossing.selecting(axis: 0, channels))
    }

    /// The parts of the moments of both, h first.
    init(_ moments: JointMoments, width: Int) throws {
        let count = moments.mean.count
        func part(_ rows: Range<Int>, _ columns: Range<Int>) throws -> Tensor {
            try moments.covariance.sliced(axis: 0, rows).sliced(axis: 1, columns)
        }
        func own(_ range: Range<Int>) throws -> JointMoments {
            JointMoments(
                mean: try moments.mean.sliced(axis: 0, range), covariance: try part(range, range))
        }
        before = try own(0..<width)
        after = try own(width..<count)
        crossing = try part(0..<width, width..<count)
        selected = nil
    }
}
