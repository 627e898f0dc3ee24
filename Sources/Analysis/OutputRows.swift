package import Torch

/// The rows F of the metric of a layer's outputs, each of one output.
package struct OutputRows: Sendable {
    /// F. `[rows, n]`, double precision
    package let values: Tensor
    /// The output of each row.
    package let outputs: [Int]
    /// The number of outputs: as many rows come first that are the weights V, summed over the kernel, times a factor.
    package let count: Int
    /// The factor.
    package let factor: Double

    /// Returns `V x` from `F x`. `[rows]`
    package func sums(_ products: Tensor) throws -> [Double] {
        try products.sliced(axis: 0, 0..<count).doubles().map { $0 / factor }
    }
}
