package import OptimalTransport
package import Torch

/// Replaces the positions of one axis by weighted sums of them.
///
/// Few terms per sum are added one by one. Many become one matrix product per group, whose size is the
/// group's number of channels, whatever the number of positions per channel.
package struct AxisMixing: Sendable {
    /// How one group's channels on the axis are mixed.
    struct Part {
        /// The positions of each channel, the same number for each.
        let positions: [[Int]]
        /// The channels whose positions the new ones take.
        let kept: [Int]
        /// The weights of the channels in the new ones. `[m, n]`
        let matrix: SparseMatrix
    }

    private struct Term {
        let position: Int
        let weight: Double
    }

    /// A matrix product for all positions of the channels, first positions first.
    private struct Product {
        /// The positions to read: those of all channels, one slot after the other.
        let sources: [Int]
        let matrix: SparseMatrix
    }

    private enum Form {
        /// The terms of each new position.
        case sums([[Term]])
        /// Products, the unchanged positions after them, and the place of each new position among all these.
        case products([Product], rest: [Int], order: [Int])
    }

    private let length: Int
    private let parts: [Part]
    private let form: Form
    /// The length of the axis after mixing.
    private let count: Int

    /// Above this many terms per sum, a matrix product is faster.
    private static let sparseTerms = 16
    /// How many numbers products mix at a time.
    private static let blockElements = 1 << 24

    /// Mixes the positions of groups' channels, each group by its matrix, and leaves all others unchanged.
    ///
    /// New channel t of a group takes the positions of its channel kept[t].
    init(length: Int, parts: [Part]) {
        self.length = length
        self.parts = parts
        var stays = [Bool](repeating: true, count: length)
        for position in parts.lazy.flatMap(\.positions).joined() { stays[position] = false }
        let rest = stays.indices.filter { stays[$0] }
        let slots = parts.map { $0.positions.first?.count ?? 0 }
        count = zip(parts, slots).reduce(rest.count) { $0 + $1.0.kept.count * $1.1 }
        let terms = zip(parts, slots).reduce(rest.count) { $0 + $1.0.matrix.entries.count * $1.1 }
        form =
            terms > Self.sparseTerms * count
            ? Self.products(parts, slots, rest) : Self.sums(parts, rest, length)
    }

    private static func sums(_ parts: [Part], _ rest: [Int], _ length: Int) -> Form {
        var sums = [[Term]?](repeating: nil, count: length)
        for position in rest { sums[position] = [Term(position: position, weight: 1)] }
        for part in parts {
            for target in part.kept { for position in part.positions[target] { sums[position] = [] } }
            for entry in part.matrix.entries {
                let pairs = zip(part.positions[part.kept[entry.row]], part.positions[entry.column])
                for (slot, position) in pairs {
                    sums[slot]?.append(Term(position: position, weight: entry.value))
                }
            }
        }
        return .sums(sums.compactMap { $0 })
    }

    private static func products(_ parts: [Part], _ slots: [Int], _ rest: [Int]) -> Form {
        var targets: [Int] = []
        let products = zip(parts, slots).map { part, slots in
            for slot in 0..<slots { targets += part.kept.map { part.positions[$0][slot] } }
            return Product(
                sources: (0..<slots).flatMap { slot in part.positions.map { $0[slot] } }, matrix: part.matrix)
        }
        targets += rest
        return .products(products, rest: rest, order: targets.indices.sorted { targets[$0] < targets[$1] })
    }

    /// The mixing with the magnitudes of these weights.
    package var magnitudes: AxisMixing {
        get throws {
            try AxisMixing(
                length: length,
                parts: parts.map { part in
                    let matrix = part.matrix
                    return Part(
                        positions: part.positions, kept: part.kept,
                        matrix: try SparseMatrix(
                            rows: matrix.rows, columns: matrix.columns,
                            entries: matrix.entries.map {
                                SparseMatrix.Entry(row: $0.row, column: $0.column, value: abs($0.value))
                            }))
                })
        }
    }

    /// Returns a tensor with the axis mixed, in the tensor's element type; sums are computed in double
    /// precision.
    package func applied(to tensor: Tensor, axis: Int) throws -> Tensor {
        var shape = tensor.shape
        let outer = shape[..<axis].reduce(1, *)
        let inner = shape[(axis + 1)...].reduce(1, *)
        shape[axis] = count
        let type = tensor.type
        switch form {
        case .sums(let sums):
            // Only double precision holds 32-bit integers exactly.
            if type == .float64 || !type.isFloatingPoint && type.byteCount >= 4 {
                return try Tensor(mixed(tensor.doubles(), sums, outer, inner), shape: shape).converted(
                    to: type)
            }
            return try Tensor(mixed(tensor.floats(), sums, outer, inner), shape: shape).converted(to: type)
        case .products(let products, let rest, let order):
            let blocks = try tensor.reshaped([outer, length, inner])
            let (along, lanes) = outer > 1 ? (0, outer) : (2, inner)
            let step = max(Self.blockElements / max(blocks.count / max(lanes, 1), 1), 1)
            let matrices = try products.map { try Tensor($0.matrix).transposed() }
            let mixed = try stride(from: 0, to: lanes, by: step).map { start in
                let block = try blocks.sliced(axis: along, start..<min(start + step, lanes))
                return try self.mixed(block.converted(to: .float64), products, matrices, rest, order)
                    .converted(to: type)
            }
            return try (mixed.isEmpty ? blocks : .concatenated(mixed, axis: along)).reshaped(shape)
        }
    }

    /// Mixes `[outer, length, inner]` by products with matrices `[n, m]`.
    private func mixed(
        _ block: Tensor, _ products: [Product], _ matrices: [Tensor], _ rest: [Int], _ order: [Int]
    ) throws -> Tensor {
        let (outer, inner) = (block.shape[0], block.shape[2])
        let rows = outer * inner
        let columns = try block.permuted([0, 2, 1]).reshaped([rows, length])
        var mixed = try zip(products, matrices).map { product, matrix in
            let read = try columns.selecting(axis: 1, product.sources)
            let (n, m) = (matrix.shape[0], matrix.shape[1])
            let slots = product.sources.count / n
            return try read.reshaped([rows * slots, n]).matrixMultiplied(by: matrix)
                .reshaped([rows, slots * m])
        }
        mixed.append(try columns.selecting(axis: 1, rest))
        return try Tensor.concatenated(mixed, axis: 1).selecting(axis: 1, order)
            .reshaped([outer, inner, count]).permuted([0, 2, 1])
    }

    private func mixed<Element: BinaryFloatingPoint>(
        _ values: [Element], _ sums: [[Term]], _ outer: Int, _ inner: Int
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
