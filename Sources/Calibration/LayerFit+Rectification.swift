internal import Torch

extension LayerFit {
    /// The largest number of times that targets are recomputed.
    private static let rounds = 6
    /// A round that lowers the error by a smaller share is the last.
    private static let leastGain = 0.005

    /// Improves a solution if only the positive part of the sum with its outputs is read.
    ///
    /// With s = wanted + beside, the error `sum (max(0, y + beside) - max(0, s))^2` is lowered by least squares towards
    ///
    ///     t = wanted where s > 0,   min(y + beside, 0) - beside elsewhere,
    ///
    /// with y the outputs of the last solution: a negative sum that stays negative costs nothing. The matrix of the
    /// equations does not change. Rounds continue as long as they lower the error on the held-out rows.
    ///
    /// Source: Zhang et al., "Accelerating very deep convolutional networks for classification and detection", TPAMI
    /// 2016, section 3.2 (in the limit of a strict coupling).
    /// - Parameters:
    ///   - rows: The rows.
    ///   - start: The present weight and bias.
    ///   - index: The position of W0 among the priors.
    ///   - prior: W0.
    ///   - linear: The solution on the fitted rows without rectification.
    ///   - ridge: Its ridge.
    func rectified(
        _ rows: RectifiedRows, from start: (weight: Tensor, bias: Tensor?), towards index: Int,
        _ prior: Tensor, linear: Tensor, ridge: Double
    ) throws -> Solution {
        let hasBias = start.bias != nil
        let sums = try fitted.adding(putAside)
        func solution(
            _ sums: Sums, on parts: [RectifiedRows.Part], rounds: Int, from first: Tensor,
            goesOn: (Int, Tensor, Tensor?) throws -> Bool
        ) throws {
            var (weight, bias) = (first, try shift(sums, first, hasBias: hasBias))
            var round = 0
            while try goesOn(round, weight, bias), round < rounds {
                var next = sums
                next.cross = try next.cross.applying(.multiplied(0))
                next.output = try next.output.applying(.multiplied(0))
                for part in parts {
                    let targets = try part.targets(weight, bias)
                    next.cross = try next.cross.adding(part.cross(targets))
                    next.output = try next.output.adding(targets.reduced(.sum, axes: [0]))
                }
                weight = try Self.solve(next, prior: prior, ridge: ridge, centred: hasBias)
                bias = try shift(next, weight, hasBias: hasBias)
                round += 1
            }
        }
        let whole = try Self.solve(sums, prior: prior, ridge: ridge, centred: hasBias)
        let judged = rows.putAside.isEmpty ? rows.fitted : rows.putAside
        let (spread, squares) = try RectifiedRows.spread(judged)
        let scale = Self.scale(spread: spread, squares: squares)
        var best = (rounds: 0, error: Double.infinity)
        try solution(fitted, on: rows.fitted, rounds: Self.rounds, from: linear) { round, weight, bias in
            let error = try RectifiedRows.error(judged, weight, bias)
            defer { if error < best.error { best = (round, error) } }
            return error < best.error * (1 - Self.leastGain)
        }
        var result: (weight: Tensor, bias: Tensor?) = (whole, nil)
        try solution(sums, on: rows.fitted + rows.putAside, rounds: best.rounds, from: whole) {
            _, weight, bias in
            result = (weight, bias)
            return true
        }
        let before = try RectifiedRows.error(judged, start.weight, start.bias)
        if before <= best.error {
            return Solution(
                weight: start.weight, bias: start.bias, ridge: nil, prior: 0, errorBefore: before * scale,
                errorAfter: before * scale)
        }
        return Solution(
            weight: result.weight, bias: result.bias, ridge: ridge, prior: index,
            errorBefore: before * scale,
            errorAfter: best.error * scale)
    }
}
