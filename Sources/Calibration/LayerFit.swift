package import Torch

/// Least squares from a layer's inputs to its target outputs, accumulated over batches.
///
/// Memory does not depend on the number of rows: only `sum p p^T`, `sum p y^T` and sums are kept, once for the fitted
/// rows and once for those of every fifth sample, on which ridges are compared.
package struct LayerFit {
    /// The moments of a set of rows.
    struct Sums {
        var count = 0
        /// sum p p^T `[F, F]`, sum p y^T `[F, O]`, sum p `[F]`, sum y `[O]`, sum y^2 `[O]`; double precision
        var inner: Tensor
        var cross: Tensor
        var input: Tensor
        var output: Tensor
        var square: Tensor

        init(fanIn: Int, outputs: Int) throws {
            inner = try Tensor(repeating: 0, shape: [fanIn, fanIn], type: .float64)
            cross = try Tensor(repeating: 0, shape: [fanIn, outputs], type: .float64)
            input = try Tensor(repeating: 0, shape: [fanIn], type: .float64)
            output = try Tensor(repeating: 0, shape: [outputs], type: .float64)
            square = output
        }

        mutating func add(_ rows: Tensor, _ targets: Tensor) throws {
            count += rows.shape[0]
            let transposed = try rows.transposed()
            inner = try inner.adding(transposed.matrixMultiplied(by: rows))
            cross = try cross.adding(transposed.matrixMultiplied(by: targets))
            input = try input.adding(rows.reduced(.sum, axes: [0]))
            output = try output.adding(targets.reduced(.sum, axes: [0]))
            square = try square.adding(targets.multiplied(by: targets).reduced(.sum, axes: [0]))
        }

        func adding(_ other: Sums) throws -> Sums {
            var sum = self
            sum.count += other.count
            sum.inner = try inner.adding(other.inner)
            sum.cross = try cross.adding(other.cross)
            sum.input = try input.adding(other.input)
            sum.output = try output.adding(other.output)
            sum.square = try square.adding(other.square)
            return sum
        }

        var isFinite: Bool {
            get throws { try inner.isFinite() && cross.isFinite() && square.isFinite() }
        }

        /// The squared errors of `W p + b`, per output.
        func errors(_ weight: Tensor, _ bias: Tensor) throws -> Tensor {
            let predicted = try weight.matrixMultiplied(by: inner).multiplied(by: weight).reduced(
                .sum, axes: [1])
            let shared = try weight.multiplied(by: cross.transposed()).reduced(.sum, axes: [1])
            let linear = try weight.matrixMultiplied(by: input).subtracting(output).multiplied(by: bias)
            let constant = try bias.multiplied(by: bias).applying(.multiplied(Double(count)))
            return try square.adding(predicted).adding(constant)
                .adding(linear.subtracting(shared).applying(.multiplied(2)))
        }
    }

    /// The solution for a layer.
    package struct Solution {
        /// W `[O, F]`.
        package let weight: Tensor
        /// b `[O]`; nil for layers without a bias.
        package let bias: Tensor?
        /// The best ridge; nil if the weight is the prior.
        package let ridge: Double?
        /// The position of the best prior.
        package let prior: Int
        /// The squared error on the held-out rows, as a share of the outputs' variance, before and after.
        package let errorBefore: Double
        package let errorAfter: Double
    }

    private(set) var fitted: Sums
    private(set) var putAside: Sums
    /// The rows themselves, if the sum with the outputs is rectified.
    private(set) var rectified: RectifiedRows?
    private let fanIn: Int

    /// One sample in this many is held out.
    private static let stride = 5
    /// The error of variances as a share of the mean square, if the layer's inputs hardly vary.
    private static let rounding = 1e-10

    package init(fanIn: Int, outputs: Int) throws {
        self.fanIn = fanIn
        fitted = try Sums(fanIn: fanIn, outputs: outputs)
        putAside = fitted
    }

    /// Adds rows `[rows, F]` and the layer's target outputs for them `[rows, O]`.
    ///
    /// - Parameters:
    ///   - samples: The sample that each row comes from, so held-out rows share none with the fit; nil if each row is a
    ///     sample of its own.
    ///   - beside: What is added to the outputs before the sum is rectified `[rows, O]`; nil if it is not.
    package mutating func add(
        _ rows: Tensor, _ targets: Tensor, of samples: [Int]? = nil, rectifiedBeside beside: Tensor? = nil
    ) throws {
        let single = rows
        let (rows, targets) = (try rows.converted(to: .float64), try targets.converted(to: .float64))
        let all = Array(0..<rows.shape[0])
        func isAside(_ row: Int) -> Bool { (samples?[row] ?? row) % Self.stride == Self.stride - 1 }
        let (aside, rest) = (all.filter(isAside), all.filter { !isAside($0) })
        if !aside.isEmpty {
            try putAside.add(rows.selecting(axis: 0, aside), targets.selecting(axis: 0, aside))
        }
        if !rest.isEmpty {
            try fitted.add(rows.selecting(axis: 0, rest), targets.selecting(axis: 0, rest))
        }
        guard let beside else { return }
        var kept = rectified ?? RectifiedRows()
        try kept.add(single, targets, beside, putAside: aside, rest: rest)
        rectified = kept
    }

    /// Whether all numbers and their squares are finite.
    var isFinite: Bool { get throws { try fitted.isFinite && putAside.isFinite } }

    /// Solves for a weight near a given one: `W = W0 + (C - W0 G) (G + lambda I)^-1`, G and C about the means.
    ///
    /// - Parameters:
    ///   - priors: The candidates for W0, the present weight first. `[O, F]`, double precision
    ///   - bias: b0 `[O]`; nil for layers without a bias, whose moments are taken about zero.
    ///   - ridges: lambda as shares of G's mean diagonal; the best on the held-out rows is taken, or W0 itself. If
    ///     nothing is better than the present weight and b0, both stay.
    package func solution(priors: [Tensor], bias: Tensor?, ridges: [Double]) throws -> Solution {
        let zero = try Tensor(repeating: 0, shape: [fitted.output.count], type: .float64)
        let hasAside = putAside.count > 0
        let judge = hasAside ? putAside : fitted
        func total(_ weight: Tensor, _ bias: Tensor) throws -> Double {
            // If the error is zero, rounding may make it negative.
            try max(judge.errors(weight, bias).reduced(.sum, axes: []).scalar(), 0)
        }
        let count = Double(max(judge.count, 1))
        let spread = try judge.square.subtracting(
            judge.output.multiplied(by: judge.output).applying(.multiplied(1 / count))
        ).reduced(.sum, axes: []).scalar()
        let scale = Self.scale(spread: spread, squares: try judge.square.reduced(.sum, axes: []).scalar())
        let before = try total(priors[0], bias ?? zero) * scale
        var best: (weight: Tensor, prior: Int, ridge: Double?, error: Double) = (priors[0], 0, nil, .infinity)
        for (index, prior) in priors.enumerated() {
            for ridge in [nil] + ridges.map(Optional.some) {
                let weight =
                    try ridge.map {
                        try Self.solve(fitted, prior: prior, ridge: $0, centred: bias != nil)
                    } ?? prior
                let error =
                    try total(weight, shift(fitted, weight, hasBias: bias != nil) ?? zero) * scale
                if error < best.error { best = (weight, index, ridge, error) }
            }
        }
        if before <= best.error {
            return Solution(
                weight: priors[0], bias: bias, ridge: nil, prior: 0, errorBefore: before, errorAfter: before)
        }
        if let ridge = best.ridge, let rectified {
            return try self.rectified(
                rectified, from: (priors[0], bias), towards: best.prior, priors[best.prior],
                linear: best.weight, ridge: ridge)
        }
        let all = hasAside ? try fitted.adding(putAside) : fitted
        if let ridge = best.ridge {
            best.weight = try Self.solve(
                all, prior: priors[best.prior], ridge: ridge, centred: bias != nil)
        }
        return Solution(
            weight: best.weight, bias: try shift(all, best.weight, hasBias: bias != nil), ridge: best.ridge,
            prior: best.prior, errorBefore: before, errorAfter: best.error)
    }

    /// The factor that makes errors shares of the outputs' variance, or of their squares if they hardly vary.
    static func scale(spread: Double, squares: Double) -> Double {
        let whole = spread > squares * rounding ? spread : squares
        return whole > 0 ? 1 / whole : 1
    }

    /// The bias that gives the outputs their target mean.
    func shift(_ sums: Sums, _ weight: Tensor, hasBias: Bool) throws -> Tensor? {
        guard hasBias else { return nil }
        return try sums.output.subtracting(weight.matrixMultiplied(by: sums.input))
            .applying(.multiplied(1 / Double(max(sums.count, 1))))
    }

    static func solve(_ sums: Sums, prior: Tensor, ridge: Double, centred: Bool) throws -> Tensor {
        let count = Double(max(sums.count, 1))
        var (inner, cross) = (sums.inner, sums.cross)
        let fanIn = inner.shape[0]
        if centred {
            let column = try sums.input.reshaped([fanIn, 1]).applying(.multiplied(1 / count))
            inner = try inner.subtracting(column.matrixMultiplied(by: sums.input.reshaped([1, fanIn])))
            cross = try cross.subtracting(
                column.matrixMultiplied(by: sums.output.reshaped([1, sums.output.count])))
        }
        let mean = try inner.diagonal().reduced(.mean, axes: [0]).scalar()
        let square = try sums.inner.diagonal().reduced(.mean, axes: [0]).scalar()
        let damping = max(mean * ridge, square * Self.rounding, 1e-30)
        let damped = try inner.adding(Tensor.identity(fanIn).applying(.multiplied(damping)))
        let missing = try cross.subtracting(inner.matrixMultiplied(by: prior.transposed()))
        return try prior.adding(damped.solvedAsPositiveDefinite(missing).transposed())
    }
}
