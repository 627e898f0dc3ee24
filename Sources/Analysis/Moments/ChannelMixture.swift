internal import Graph
package import Torch

/// Weighted sums of channels, most of them of few: `z' = M z`, M being `[m, n]`.
package struct ChannelMixture: Sendable {
    /// A weight that is not zero.
    package typealias Term = (target: Int, source: Int, weight: Double)

    private let count: Int
    private let terms: [Term]
    /// M itself, for sums of many channels. `[m, n]`, double precision
    private let matrix: Lazy<Tensor>?

    /// Above this many terms per sum, a matrix product is faster.
    private static let fewTerms = 16

    /// Wraps the weights of sums.
    ///
    /// - Parameters:
    ///   - terms: The weights.
    ///   - width: The number n of channels.
    ///   - count: The number m of sums.
    package init(_ terms: [Term], of width: Int, count: Int) {
        self.terms = terms
        self.count = count
        guard terms.count > Self.fewTerms * count else {
            matrix = nil
            return
        }
        matrix = Lazy {
            var values = [Double](repeating: 0, count: count * width)
            for term in terms { values[term.target * width + term.source] = term.weight }
            return try Tensor(values, shape: [count, width])
        }
    }

    /// Returns M X for X with the channels on its first axis, of rank 1 or 2.
    package func applied(to values: Tensor) throws -> Tensor {
        try matrix?.value().matrixMultiplied(by: values) ?? values.mixingSlices(terms, count: count)
    }

    /// The means of numbers of channels, by the squares of their weights. `[m]`
    func squareMeans(of values: Tensor, least: Double) throws -> Tensor {
        let squares = terms.map { ($0.target, $0.source, $0.weight * $0.weight) }
        let total = squares.reduce(into: [Double](repeating: 0, count: count)) { $0[$1.0] += $1.2 }
        return try values.mixingSlices(squares, count: count)
            .divided(by: Tensor(total).applying(.clamp(low: least, high: .infinity)))
    }
}
