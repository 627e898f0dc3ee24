package import Torch

/// Least squares from the channels that a spatial layer reads now to those that it read before, the same at every
/// kernel position:
///
///     A = argmin sum over positions and kernel positions of |x - A p|^2,   W[o, :, k] = V[o, :, k] A,
///
/// with V the original weight. It has far fewer unknowns than the weight itself: with few images its error is smaller,
/// and the fit of the weight can be regularised towards it.
package struct ChannelFit {
    /// The number of channels before and now, and of kernel positions.
    private let before: Int
    private let now: Int
    private let kernel: Int
    private var count = 0
    /// sum p p^T `[now, now]`, sum p x^T `[now, before]`, sum p `[now]`, sum x `[before]`; double precision
    private var inner: Tensor
    private var cross: Tensor
    private var sum: Tensor
    private var sumBefore: Tensor

    /// The ridge, as a share of the mean variance of the channels.
    private static let ridge = 1e-3
    /// The least ridge as a share of the mean square: the rounding error of products in single precision.
    private static let rounding = 1e-5

    /// nil for layers that are not spatial, or whose kernel has changed.
    ///
    /// - Parameters:
    ///   - before: The original weight's shape `[out, channels, kernel...]`.
    ///   - now: The present weight's shape.
    ///   - outputAxis: The axis of the outputs.
    package init?(from before: [Int], to now: [Int], outputAxis: Int) throws {
        let (old, new) = (before.enumerated(), now.enumerated())
        let axes = (
            old.filter { $0.offset != outputAxis }.map(\.element),
            new.filter { $0.offset != outputAxis }.map(\.element)
        )
        guard axes.0.count == axes.1.count, axes.0.count > 1, axes.0.dropFirst() == axes.1.dropFirst() else {
            return nil
        }
        kernel = axes.0.dropFirst().reduce(1, *)
        guard kernel > 1, axes.0[0] > 0, axes.1[0] > 0 else { return nil }
        (self.before, self.now) = (axes.0[0], axes.1[0])
        inner = try Tensor(repeating: 0, shape: [axes.1[0], axes.1[0]], type: .float64)
        cross = try Tensor(repeating: 0, shape: [axes.1[0], axes.0[0]], type: .float64)
        sum = try Tensor(repeating: 0, shape: [axes.1[0]], type: .float64)
        sumBefore = try Tensor(repeating: 0, shape: [axes.0[0]], type: .float64)
    }

    /// Adds rows that the layer read before `[rows, channels x kernel]`, and those that it reads now.
    package mutating func add(_ rowsBefore: Tensor, _ rows: Tensor) throws {
        func channels(_ rows: Tensor, _ width: Int) throws -> Tensor {
            try rows.reshaped([rows.shape[0], width, kernel]).permuted([0, 2, 1])
                .reshaped([rows.shape[0] * kernel, width])
        }
        let (old, new) = (try channels(rowsBefore, before), try channels(rows, now))
        count += old.shape[0]
        let transposed = try new.transposed()
        inner = try inner.adding(transposed.matrixMultiplied(by: new).converted(to: .float64))
        cross = try cross.adding(transposed.matrixMultiplied(by: old).converted(to: .float64))
        sum = try sum.adding(new.reduced(.sum, axes: [0]).converted(to: .float64))
        sumBefore = try sumBefore.adding(old.reduced(.sum, axes: [0]).converted(to: .float64))
    }

    /// Whether all numbers and their squares are finite.
    var isFinite: Bool { get throws { try inner.isFinite() && cross.isFinite() } }

    /// Returns the weight for the present channels. `[out, fan-in]`
    ///
    /// - Parameter weight: The original weight, merged on its output side. `[out, fan-in before]`, double precision
    package func weight(from weight: Tensor) throws -> Tensor {
        let share = 1 / Double(max(count, 1))
        let column = try sum.reshaped([now, 1]).applying(.multiplied(share))
        let covariance = try inner.subtracting(column.matrixMultiplied(by: sum.reshaped([1, now])))
        let shared = try cross.subtracting(column.matrixMultiplied(by: sumBefore.reshaped([1, before])))
        let variance = try covariance.diagonal().reduced(.mean, axes: [0]).scalar()
        let square = try inner.diagonal().reduced(.mean, axes: [0]).scalar()
        let damping = max(variance * Self.ridge, square * Self.rounding, 1e-30)
        let map = try covariance.adding(Tensor.identity(now).applying(.multiplied(damping)))
            .solvedAsPositiveDefinite(shared)
        let outputs = weight.shape[0]
        return try weight.reshaped([outputs, before, kernel]).permuted([0, 2, 1])
            .reshaped([outputs * kernel, before]).matrixMultiplied(by: map.transposed())
            .reshaped([outputs, kernel, now]).permuted([0, 2, 1]).reshaped([outputs, now * kernel])
    }
}
