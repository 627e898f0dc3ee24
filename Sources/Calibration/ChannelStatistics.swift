internal import Compression
internal import Torch

/// Means and deviations of the lanes of an axis, gathered batch by batch in double precision.
package struct ChannelStatistics {
    private let axis: Int
    private var sum: [Double]
    private var squares: [Double]
    private var count = 0

    /// Starts empty.
    init(lanes: Int, axis: Int) {
        self.axis = axis
        sum = [Double](repeating: 0, count: lanes)
        squares = sum
    }

    /// Adds all positions of a tensor.
    ///
    /// - Throws: `CompressionError` for a tensor with another number of lanes.
    mutating func add(_ tensor: Tensor) throws {
        guard tensor.rank > axis, tensor.shape[axis] == sum.count else {
            throw CompressionError(
                "a value of shape \(tensor.shape) has not \(sum.count) channels on axis \(axis)")
        }
        let others = (0..<tensor.rank).filter { $0 != axis }
        let double = try tensor.converted(to: .float64)
        let (sums, squared) = (
            try double.reduced(.sum, axes: others).doubles(),
            try double.multiplied(by: double).reduced(.sum, axes: others).doubles()
        )
        for lane in sum.indices {
            sum[lane] += sums[lane]
            squares[lane] += squared[lane]
        }
        count += tensor.count / max(sum.count, 1)
    }

    /// The mean of each lane.
    package var mean: [Double] { sum.map { $0 / Double(max(count, 1)) } }

    /// The deviation of each lane.
    package var deviation: [Double] {
        zip(squares, mean).map { max($0 / Double(max(count, 1)) - $1 * $1, 0).squareRoot() }
    }
}
