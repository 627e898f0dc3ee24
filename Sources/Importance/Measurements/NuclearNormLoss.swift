internal import Foundation
public import Torch

/// The decrease of a matrix's nuclear norm when a channel's rows are set to zero.
///
/// Let A `[lanes, positions]` be a map and S a channel's lanes. Deleting the rows S from A deletes rows and columns S of
/// the Gram matrix M = A A^T. As sqrt(x) is (1 / 2 pi) times the integral of t^(-1/2) log(1 + x / t) over t > 0, and by
/// Jacobi's rule for minors,
///
///     loss = -(1 / 2 pi) integral of t^(-1/2) log det (t (M + t I)^-1)[S, S] dt
///
/// With eigenvalues l_k and eigenvectors q_k of M the block is sum over k of q_k[S] q_k[S]^T t / (l_k + t).
/// So one eigenvalue problem, of the smaller of A A^T and A^T A, serves all channels, and no nearly equal
/// numbers are subtracted: a lane of zeros loses exactly nothing. In u = log t the integrand is analytic in a
/// strip of half-width pi, where the trapezoidal rule with step h errs by exp(-2 pi^2 / h). O(s^3 + lanes s
/// (positions + nodes)) per map for s = min(lanes, positions), against O(channels lanes positions s) with one
/// decomposition per channel. Singular values below about 1e-7 of the largest are beyond a Gram matrix in
/// double precision and count as zero.
public enum NuclearNormLoss {
    /// The step of the trapezoidal rule; its error is 5e-15.
    private static let step = 0.6
    /// Log of the smallest t relative to the largest eigenvalue: the integral below it is less than 1e-8 of
    /// the norm.
    private static let lowest = -46.0
    /// Log of the largest t; the integral above it is summed in closed form.
    private static let highest = 14.0
    /// The size of the largest intermediate tensor.
    private static let capacity = 1 << 22

    /// Returns each channel's loss, summed over all maps.
    ///
    /// - Parameters:
    ///   - maps: The maps, `[maps, lanes, positions]`.
    ///   - channels: The lanes of each channel, the same number for each; other lanes always stay.
    /// - Throws: `ImportanceError` if channels differ in their number of lanes; `TorchError` if the maps are
    ///   not finite.
    public static func sums(_ maps: Tensor, channels: [[Int]]) throws -> [Double] {
        let (count, lanes, positions) = (maps.shape[0], maps.shape[1], maps.shape[2])
        let perChannel = channels.first?.count ?? 0
        guard perChannel > 0, channels.allSatisfy({ $0.count == perChannel }) else {
            throw ImportanceError("the channels of a feature map must have the same number of lanes")
        }
        let nodes = Int((highest - lowest) / step) + 1
        let perMap = max(
            channels.count * perChannel * perChannel * max(nodes, min(lanes, positions)), lanes * positions)
        let chunk = max(1, capacity / max(perMap, 1))
        var sums = [Double](repeating: 0, count: channels.count)
        for start in stride(from: 0, to: count, by: chunk) {
            let part = try maps.sliced(axis: 0, start..<min(start + chunk, count))
            let losses = try losses(part.converted(to: .float64), channels, nodes: nodes)
            sums = zip(sums, try losses.reduced(.sum, axes: [0]).doubles()).map(+)
        }
        return sums
    }

    /// Eigenvalues relative to the largest, `[maps, s]`, and the channels' entries of the eigenvectors.
    private struct Spectrum {
        let values: Tensor
        /// `[maps, channels, lanes of a channel, s]`.
        let entries: Tensor
        /// The square root of the largest eigenvalue, `[maps, 1]`.
        let scale: Tensor
        /// Whether the eigenvectors span all lanes.
        let isComplete: Bool
    }

    private static func spectrum(_ maps: Tensor, _ channels: [[Int]]) throws -> Spectrum {
        let (count, lanes, positions) = (maps.shape[0], maps.shape[1], maps.shape[2])
        let isComplete = lanes <= positions
        let flipped = try maps.permuted([0, 2, 1])
        let gram = try isComplete ? maps.matrixMultiplied(by: flipped) : flipped.matrixMultiplied(by: maps)
        let (found, vectors) = try gram.symmetricEigen()
        let side = min(lanes, positions)
        let greatest = try found.reduced(.maximum, axes: [1], keepingAxes: true)
            .applying(.clamp(low: .leastNormalMagnitude, high: .infinity))
        let relative = try found.divided(by: greatest)
        let cutoff = try Tensor(
            repeating: Double(side) * .ulpOfOne, shape: [1, 1], type: .float64, device: maps.device)
        let isPositive = try relative.combined(.greater, cutoff)
        let zero = try Tensor(repeating: 0, shape: [1, 1], type: .float64, device: maps.device)
        let values = try isPositive.choosing(relative, zero)
        var lanesByVector = vectors
        if !isComplete {
            // q = A v / sqrt(l); the other eigenvectors have eigenvalue zero.
            let inverse = try isPositive.choosing(found.applying(.power(-0.5)), zero)
            lanesByVector = try maps.matrixMultiplied(by: vectors).multiplied(
                by: inverse.reshaped([count, 1, side]))
        }
        let entries = try lanesByVector.selecting(axis: 1, channels.flatMap { $0 })
            .reshaped([count, channels.count, channels.first?.count ?? 0, side])
        return Spectrum(
            values: values, entries: entries, scale: try greatest.applying(.squareRoot),
            isComplete: isComplete)
    }

    /// Returns the losses `[maps, channels]`.
    private static func losses(_ maps: Tensor, _ channels: [[Int]], nodes: Int) throws -> Tensor {
        let spectrum = try spectrum(maps, channels)
        let (count, lanes) = (maps.shape[0], spectrum.entries.shape[2])
        let side = spectrum.entries.shape[3]
        let logs = (0..<nodes).map { lowest + step * Double($0) }
        let times = try Tensor(logs.map { exp($0) }, shape: [1, 1, nodes]).moved(to: maps.device)
        let shares = try times.divided(by: spectrum.values.reshaped([count, side, 1]).adding(times))
        // Blocks [maps, channels, lanes, lanes, nodes].
        let outer = try spectrum.entries.reshaped([count, channels.count, lanes, 1, side])
            .multiplied(by: spectrum.entries.reshaped([count, channels.count, 1, lanes, side]))
        var blocks = try outer.reshaped([count, channels.count * lanes * lanes, side])
            .matrixMultiplied(by: shares)
            .reshaped([count, channels.count, lanes, lanes, nodes])
        if !spectrum.isComplete { blocks = try blocks.adding(complement(outer)) }
        // No pivot is smaller than the smallest possible eigenvalue of a block.
        let floor = try times.divided(by: times.applying(.adding(1))).reshaped([1, 1, 1, 1, nodes])
        let determinants = try logarithmsOfDeterminants(blocks, noPivotBelow: floor)
        let weights = try Tensor(logs.map { -step * exp($0 / 2) / (2 * .pi) }).moved(to: maps.device)
        let body = try determinants.multiplied(by: weights).reduced(.sum, axes: [2])
        // Above the largest node -log det is (sum of q^2 l) / t, a geometric series in the nodes.
        let ratio = exp(-step / 2)
        let tail = step / (2 * .pi) * exp(-(logs.last ?? 0) / 2) * ratio / (1 - ratio)
        let energies = try spectrum.entries.multiplied(by: spectrum.entries)
            .multiplied(by: spectrum.values.reshaped([count, 1, 1, side])).reduced(.sum, axes: [2, 3])
        return try body.adding(energies.applying(.multiplied(tail))).multiplied(by: spectrum.scale)
            .applying(.clamp(low: 0, high: .infinity))
    }

    /// Returns the part of the identity that the eigenvectors do not span, `[maps, channels, lanes, lanes, 1]`.
    private static func complement(_ outer: Tensor) throws -> Tensor {
        let lanes = outer.shape[2]
        let identity = (0..<lanes * lanes).map { $0 % (lanes + 1) == 0 ? 1.0 : 0 }
        let rest = try Tensor(identity, shape: [1, 1, lanes, lanes, 1]).moved(to: outer.device)
            .subtracting(outer.reduced(.sum, axes: [4], keepingAxes: true))
        return lanes == 1 ? try rest.applying(.clamp(low: 0, high: 1)) : rest
    }

    /// Returns log det of positive definite blocks `[..., k, k, nodes]` by elimination, `[maps, channels, nodes]`.
    private static func logarithmsOfDeterminants(
        _ blocks: Tensor, noPivotBelow floor: Tensor
    ) throws -> Tensor {
        var rest = blocks
        var sum: Tensor?
        while true {
            let size = rest.shape[2]
            let row = try rest.sliced(axis: 2, 0..<1)
            let pivot = try row.sliced(axis: 3, 0..<1).combined(.maximum, floor)
            let term = try pivot.applying(.logarithm).reshaped([rest.shape[0], rest.shape[1], rest.shape[4]])
            let total = try sum.map { try $0.adding(term) } ?? term
            guard size > 1 else { return total }
            sum = total
            let right = try row.sliced(axis: 3, 1..<size)
            let below = try rest.sliced(axis: 2, 1..<size)
            rest = try below.sliced(axis: 3, 1..<size)
                .subtracting(below.sliced(axis: 3, 0..<1).multiplied(by: right).divided(by: pivot))
        }
    }
}
