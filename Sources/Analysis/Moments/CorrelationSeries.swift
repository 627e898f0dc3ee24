internal import Torch

/// The covariances after a function of jointly normal channels, from its Hermite coefficients.
enum CorrelationSeries {
    private typealias Vector = SIMD8<Double>

    /// Returns `sum_k c_k,i c_k,j rho_ij^k`, `rho_ij = C_ij / (sigma_i sigma_j)` within [-1, 1]. `[n, n]`
    ///
    /// All powers of one element are summed before the next element, so only the result is written to memory.
    ///
    /// - Parameters:
    ///   - covariance: C. `[n, n]`, double precision
    ///   - deviation: sigma, none zero. `[n]`
    ///   - coefficients: c_1, c_2 and so on. Each `[n]`
    static func sum(covariance: Tensor, deviation: Tensor, coefficients: [Tensor]) throws -> Tensor {
        let deviations = try deviation.doubles()
        let count = deviations.count
        let lanes = Vector.scalarCount
        // Rows end with whole vectors.
        let padded = (count + lanes - 1) / lanes * lanes
        var terms = [Double](repeating: 0, count: coefficients.count * padded)
        for (index, coefficient) in coefficients.enumerated() {
            for (channel, value) in try coefficient.doubles().enumerated() {
                terms[index * padded + channel] = value
            }
        }
        var values = try covariance.doubles()
        var row = [Double](repeating: 0, count: padded)
        values.withUnsafeMutableBufferPointer { values in
            terms.withUnsafeBytes { terms in
                for own in 0..<count {
                    let place = own * count
                    for other in 0..<count {
                        let correlation = values[place + other] / deviations[own] / deviations[other]
                        row[other] = min(max(correlation, -1), 1)
                    }
                    row.withUnsafeMutableBytes { row in
                        sum(row, terms, own: own, terms.count / padded / MemoryLayout<Double>.stride)
                    }
                    for other in 0..<count { values[place + other] = row[other] }
                }
            }
        }
        return try Tensor(values, shape: [count, count])
    }

    /// Replaces correlations with one channel by covariances, by Horner's rule from the highest power down.
    private static func sum(
        _ row: UnsafeMutableRawBufferPointer, _ terms: UnsafeRawBufferPointer, own: Int, _ count: Int
    ) {
        let channel = own * MemoryLayout<Double>.stride
        for offset in stride(from: 0, to: row.count, by: MemoryLayout<Vector>.size) {
            let correlation = row.loadUnaligned(fromByteOffset: offset, as: Vector.self)
            var sum = Vector.zero
            for term in stride(from: (count - 1) * row.count, through: 0, by: -row.count) {
                let factor = terms.loadUnaligned(fromByteOffset: term + channel, as: Double.self)
                let others = terms.loadUnaligned(fromByteOffset: term + offset, as: Vector.self)
                sum = (sum + factor * others) * correlation
            }
            row.storeBytes(of: sum, toByteOffset: offset, as: Vector.self)
        }
    }
}
