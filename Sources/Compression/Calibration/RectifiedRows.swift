internal import Torch

/// Rows that a layer reads, what it should give for them, and what stands beside it in the sum that is rectified.
struct RectifiedRows {
    /// Some of the rows.
    struct Part {
        /// `[rows, F]`
        var rows: Tensor
        /// What the layer should give. `[rows, O]`, double precision
        var wanted: Tensor
        /// What is added to it before the sum is rectified. `[rows, O]`, double precision
        var beside: Tensor

        /// The rows that products are taken of at once.
        private static let stretch = 2_048

        var count: Int { rows.shape[0] }

        /// What a weight and a bias make of the rows. `[rows, O]`
        func outputs(_ weight: Tensor, _ bias: Tensor?) throws -> Tensor {
            let type = rows.type
            return try rows.linear(
                weight: weight.converted(to: type), bias: bias?.converted(to: type)
            ).converted(to: .float64)
        }

        /// The error of a weight and a bias behind the rectification: `sum (max(0, y + beside) - max(0, wanted + beside))^2`.
        func error(_ weight: Tensor, _ bias: Tensor?) throws -> Double {
            let reached = try outputs(weight, bias).adding(beside).applying(.relu)
            let difference = try reached.subtracting(wanted.adding(beside).applying(.relu))
            return try difference.multiplied(by: difference).reduced(.sum, axes: []).scalar()
        }

        /// The sum over the outputs of the squared distances from their means, behind the rectification.
        func spread() throws -> Double {
            let sums = try wanted.adding(beside).applying(.relu)
            let centred = try sums.subtracting(sums.reduced(.mean, axes: [0], keepingAxes: true))
            return try centred.multiplied(by: centred).reduced(.sum, axes: []).scalar()
        }

        /// What the layer should give, but for negative sums that stay negative: there it should give what it does.
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

    private var parts: (fitted: [Part], putAside: [Part]) = ([], [])

    /// Adds rows of which some are put aside.
    mutating func add(
        _ rows: Tensor, _ wanted: Tensor, _ beside: Tensor, putAside aside: [Int], rest: [Int]
    ) throws {
        func part(_ positions: [Int]) throws -> Part {
            try Part(
                rows: rows.selecting(axis: 0, positions), wanted: wanted.selecting(axis: 0, positions),
                beside: beside.selecting(axis: 0, positions))
        }
        if !aside.isEmpty { parts.putAside.append(try part(aside)) }
        if !rest.isEmpty { parts.fitted.append(try part(rest)) }
    }

    /// The rows that are fitted at first, those put aside, and all of them; nil where there are none of a kind.
    func joined() throws -> (fitted: Part, putAside: Part, all: Part)? {
        guard !parts.fitted.isEmpty, !parts.putAside.isEmpty else { return nil }
        func joined(_ parts: [Part]) throws -> Part {
            try Part(
                rows: .concatenated(parts.map(\.rows), axis: 0),
                wanted: .concatenated(parts.map(\.wanted), axis: 0),
                beside: .concatenated(parts.map(\.beside), axis: 0))
        }
        let (fitted, putAside) = (try joined(parts.fitted), try joined(parts.putAside))
        return (fitted, putAside, try joined([fitted, putAside]))
    }
}
