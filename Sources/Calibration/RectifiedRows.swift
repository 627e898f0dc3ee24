internal import Torch

/// Rows that a layer reads, its target outputs for them, and the other terms of the rectified sum.
struct RectifiedRows {
    /// Some of the rows.
    struct Part {
        /// `[rows, F]`
        var rows: Tensor
        /// The layer's target outputs. `[rows, O]`, double precision
        var wanted: Tensor
        /// What is added to them before the sum is rectified. `[rows, O]`, double precision
        var beside: Tensor

        /// The number of rows multiplied at once.
        private static let stretch = 2_048

        var count: Int { rows.shape[0] }

        /// The outputs of a weight and a bias for the rows. `[rows, O]`
        func outputs(_ weight: Tensor, _ bias: Tensor?) throws -> Tensor {
            let type = rows.type
            return try rows.linear(
                weight: weight.converted(to: type), bias: bias?.converted(to: type)
            ).converted(to: .float64)
        }

        /// The error of a weight and a bias after rectification:
        /// `sum (max(0, y + beside) - max(0, wanted + beside))^2`.
        func error(_ weight: Tensor, _ bias: Tensor?) throws -> Double {
            let reached = try outputs(weight, bias).adding(beside).applying(.relu)
            let difference = try reached.subtracting(wanted.adding(beside).applying(.relu))
            return try difference.multiplied(by: difference).reduced(.sum, axes: []).scalar()
        }

        /// The target outputs, but the present ones where a negative sum stays negative.
        func targets(_ weight: Tensor, _ bias: Tensor?) throws -> Tensor {
            let sums = try wanted.adding(beside)
            let zero = try Tensor(repeating: 0, shape: [1, 1], type: .float64)
            let reached = try outputs(weight, bias).adding(beside).applying(.clamp(low: -.infinity, high: 0))
                .subtracting(beside)
            return try sums.combined(.greater, zero).choosing(wanted, reached)
        }

        /// sum p t^T for other targets t. `[F, O]`, double precision
        func cross(_ targets: Tensor) throws -> Tensor {
            var sum = try Tensor(
                repeating: 0, shape: [rows.shape[1], targets.shape[1]], type: .float64)
            for start in stride(from: 0, to: count, by: Self.stretch) {
                let range = start..<min(start + Self.stretch, count)
                sum = try sum.adding(
                    rows.sliced(axis: 0, range).converted(to: .float64).transposed()
                        .matrixMultiplied(by: targets.sliced(axis: 0, range)))
            }
            return sum
        }
    }

    /// The rows used for the first fit, batch by batch.
    private(set) var fitted: [Part] = []
    /// Those on which fits are judged.
    private(set) var putAside: [Part] = []

    /// Adds rows, some of them held out.
    mutating func add(
        _ rows: Tensor, _ wanted: Tensor, _ beside: Tensor, putAside aside: [Int], rest: [Int]
    ) throws {
        func part(_ positions: [Int]) throws -> Part {
            try Part(
                rows: rows.selecting(axis: 0, positions), wanted: wanted.selecting(axis: 0, positions),
                beside: beside.selecting(axis: 0, positions))
        }
        if !aside.isEmpty { putAside.append(try part(aside)) }
        if !rest.isEmpty { fitted.append(try part(rest)) }
    }

    /// The error of a weight and a bias after rectification over several parts.
    static func error(_ parts: [Part], _ weight: Tensor, _ bias: Tensor?) throws -> Double {
        try parts.reduce(0) { try $0 + $1.error(weight, bias) }
    }

    /// The sum of the squared distances of the rectified target sums from their means, over several parts, and that of
    /// their squares.
    static func spread(_ parts: [Part]) throws -> (spread: Double, squares: Double) {
        var (count, sum, squares) = (0, [Double](), 0.0)
        for part in parts {
            let sums = try part.wanted.adding(part.beside).applying(.relu)
            let own = try sums.reduced(.sum, axes: [0]).doubles()
            sum = sum.isEmpty ? own : zip(sum, own).map(+)
            squares += try sums.multiplied(by: sums).reduced(.sum, axes: []).scalar()
            count += part.count
        }
        return (squares - sum.reduce(0) { $0 + $1 * $1 } / Double(max(count, 1)), squares)
    }
}
