import Graph
import Operators
import Torch

/// A weight that a model stores as codes of a few bits with a scale for each block, and the graph holds as numbers
/// [columns, rows].
struct BlockQuantisedWeight: Sendable {
    /// The domain of the operator that reads such weights.
    static let domain = "com.microsoft"

    /// The name of the dequantised tensor.
    let name: String
    /// The node that dequantises in the graph, with the attributes of the product in the file.
    let node: Onnx_NodeProto
    let layout: BlockQuantisation
    let codes: Tensor
    let scales: Tensor
    let zeros: Tensor?

    /// How much a number that was a code times a scale may differ from it, as a share of it: it was rounded to its type.
    private var rounding: Double {
        switch scales.type {
        case .float16: 0x1p-10
        case .bfloat16: 0x1p-7
        default: 1e-6
        }
    }
    private var greatest: Int { 1 << layout.bits - 1 }
    private var centre: Int { 1 << (layout.bits - 1) }

    /// The grid of a block: number = (code - zero) scale.
    private struct Grid {
        var scale: Double
        var zero: Int
    }

    /// Quantises a changed weight [columns, rows] as it was quantised before.
    ///
    /// A block whose numbers lie on a grid already keeps it, so that nothing is rounded if whole rows or blocks were removed. All
    /// others get the grid of their range.
    func quantised(_ numbers: Tensor) throws -> QuantisedNumbers {
        let (columns, rows) = (numbers.shape[0], numbers.shape[1])
        let layout = try layout.resized(rows: rows, columns: columns)
        let values = try numbers.transposed().doubles()
        guard values.allSatisfy(\.isFinite) else {
            throw ONNXError("\(name) has numbers that are not finite")
        }
        var (codes, scales, zeros) = ([UInt8](), [Double](), [UInt8]())
        var (error, energy) = (0.0, 0.0)
        for row in 0..<rows {
            var rowZeros: [UInt8] = []
            for block in 0..<layout.blocks {
                let start = row * columns + block * layout.blockSize
                let part = values[start..<min(start + layout.blockSize, (row + 1) * columns)]
                let grid = try known(part) ?? fitted(part)
                var own = part.map { value -> UInt8 in
                    let code = (value / grid.scale).rounded(.toNearestOrEven) + Double(grid.zero)
                    return UInt8(min(max(code, 0), Double(greatest)))
                }
                for (value, code) in zip(part, own) {
                    let difference = value - Double(Int(code) - grid.zero) * grid.scale
                    error += difference * difference
                    energy += value * value
                }
                own += [UInt8](repeating: UInt8(grid.zero), count: layout.blockSize - own.count)
                codes += layout.packed(own)
                scales.append(grid.scale)
                rowZeros.append(UInt8(grid.zero))
            }
            zeros += layout.packed(rowZeros)
        }
        let flat = self.scales.rank == 1
        return QuantisedNumbers(
            integers: try Tensor(codes, shape: layout.codesShape),
            scale: try Tensor(scales, shape: flat ? [scales.count] : [rows, layout.blocks])
                .converted(to: self.scales.type),
            zero: try self.zeros.map { old in
                try Tensor(zeros, shape: old.rank == 1 ? [zeros.count] : [rows, layout.zeroBytes])
            }, error: error, energy: energy)
    }

    /// Returns a scale as it will be stored.
    private func stored(_ scale: Double) throws -> Double {
        try Tensor([scale]).converted(to: scales.type).scalar()
    }

    /// Returns a grid on which all numbers lie: the least one is some whole number of steps.
    private func known(_ values: ArraySlice<Double>) throws -> Grid? {
        guard let least = values.lazy.map(\.magnitude).filter({ $0 > 0 }).min() else {
            return Grid(scale: 1, zero: centre)
        }
        let (low, high) = (min(values.min() ?? 0, 0), max(values.max() ?? 0, 0))
        for steps in 1...greatest {
            let scale = least / Double(steps)
            guard (high - low) / scale <= Double(greatest) + 0.5 else { break }
            let isGrid = values.allSatisfy { value in
                let steps = value / scale
                // The scale itself comes from a rounded number.
                return abs(steps - steps.rounded()) <= min(0.25, 2 * rounding * abs(steps) + 1e-6)
            }
            guard isGrid else { continue }
            let (first, last) = (Int((low / scale).rounded()), Int((high / scale).rounded()))
            // Without zero points the middle is fixed.
            guard zeros != nil || (first >= -centre && last <= greatest - centre) else { continue }
            let zero = zeros == nil ? centre : min(max(centre, -first), greatest - last)
            let exact = try stored(scale)
            guard exact > 0, abs(exact - scale) <= scale * max(4 * rounding, 1e-6) else { return nil }
            return Grid(scale: exact, zero: zero)
        }
        return nil
    }

    /// Returns the grid of the numbers' range.
    private func fitted(_ values: ArraySlice<Double>) throws -> Grid {
        let (low, high) = (min(values.min() ?? 0, 0), max(values.max() ?? 0, 0))
        guard zeros == nil else {
            let scale = try stored(max((high - low) / Double(greatest), Double(Float.leastNormalMagnitude)))
            guard scale > 0 else { return Grid(scale: 1, zero: centre) }
            return Grid(scale: scale, zero: min(max(Int((-low / scale).rounded()), 0), greatest))
        }
        // The codes reach one step further below the middle than above it: the greatest number, negative if need be, goes there.
        let extreme = -low > high ? low : high
        let scale = try stored(-extreme / Double(centre))
        return scale == 0 ? Grid(scale: 1, zero: centre) : Grid(scale: scale, zero: centre)
    }
}
