internal import OptimalTransport
internal import Torch

/// Replaces the positions of one axis by weighted sums of them.
struct AxisMixing {
    private struct Term {
        let position: Int
        let weight: Double
    }

    /// The terms of each new position.
    private var sums: [[Term]]

    /// What becomes of one group's channels on the axis.
    struct Part {
        /// The positions of each channel.
        let positions: [[Int]]
        /// The channels whose positions the new ones take.
        let kept: [Int]
        /// The weights of the channels in the new ones. `[m, n]`
        let matrix: SparseMatrix
    }

    /// Mixes the positions of groups' channels, each group by its matrix, and leaves all others as they are.
    ///
    /// New channel t of a group takes the positions of its channel kept[t].
    init(length: Int, parts: [Part]) {
        var sums: [[Term]?] = (0..<length).map { [Term(position: $0, weight: 1)] }
        for part in parts {
            for channel in part.positions { for position in channel { sums[position] = nil } }
            for target in part.kept { for position in part.positions[target] { sums[position] = [] } }
            for entry in part.matrix.entries {
                let pairs = zip(part.positions[part.kept[entry.row]], part.positions[entry.column])
                for (slot, position) in pairs {
                    sums[slot]?.append(Term(position: position, weight: entry.value))
                }
            }
        }
        self.sums = sums.compactMap { $0 }
    }

    /// The mixing whose weights are the magnitudes of these.
    var magnitudes: AxisMixing {
        var copy = self
        copy.sums = sums.map { $0.map { Term(position: $0.position, weight: abs($0.weight)) } }
        return copy
    }

    /// Returns a tensor with the axis mixed, in the tensor's own element type; sums are taken in double precision.
    func applied(to tensor: Tensor, axis: Int) throws -> Tensor {
        var shape = tensor.shape
        let length = shape[axis]
        let outer = shape[..<axis].reduce(1, *)
        let inner = shape[(axis + 1)...].reduce(1, *)
        shape[axis] = sums.count
        let type = tensor.type
        if sums.reduce(0, { $0 + $1.count }) > Self.sparseTerms * sums.count {
            let matrix = try Tensor(dense(length), shape: [sums.count, length])
            return try matrix.matrixMultiplied(
                by: tensor.converted(to: .float64).reshaped([outer, length, inner])
            )
            .reshaped(shape).converted(to: type)
        }
        if type == .float64 {
            return try Tensor(mixed(tensor.doubles(), outer, length, inner), shape: shape)
        }
        return try Tensor(mixed(tensor.floats(), outer, length, inner), shape: shape).converted(to: type)
    }

    /// Above this many terms per sum, a matrix product is faster.
    private static let sparseTerms = 16

    /// The weights of all sums. `[new, length]`
    private func dense(_ length: Int) -> [Double] {
        var values = [Double](repeating: 0, count: sums.count * length)
        for (slot, terms) in sums.enumerated() {
            for term in terms { values[slot * length + term.position] += term.weight }
        }
        return values
    }

    private func mixed<Element: BinaryFloatingPoint>(
        _ values: [Element], _ outer: Int, _ length: Int, _ inner: Int
    ) -> [Element] {
        [Element](unsafeUninitializedCapacity: outer * sums.count * inner) { target, count in
            values.withUnsafeBufferPointer { source in
                var sum = [Double](repeating: 0, count: inner)
                for block in 0..<outer {
                    for (slot, terms) in sums.enumerated() {
                        let to = (block * sums.count + slot) * inner
                        if terms.count == 1, terms[0].weight == 1 {
                            let from = (block * length + terms[0].position) * inner
                            for index in 0..<inner { target[to + index] = source[from + index] }
                            continue
                        }
                        for index in 0..<inner { sum[index] = 0 }
                        for term in terms {
                            let from = (block * length + term.position) * inner
                            for index in 0..<inner {
                                sum[index] += term.weight * Double(source[from + index])
                            }
                        }
                        for index in 0..<inner { target[to + index] = Element(sum[index]) }
                    }
                }
            }
            count = outer * sums.count * inner
        }
    }
}
