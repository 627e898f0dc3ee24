import Graph
import Torch

/// Quantises a changed weight in the way it was quantised before.
///
/// Numbers on one of the weight's grids are unchanged, so nothing is rounded if channels were only removed.
/// All others get the scale of their new range. A weight of symmetric integers stays symmetric.
struct WeightQuantiser {
    /// A scale and a zero point.
    struct Grid: Hashable {
        var scale: Double
        var zero: Double
    }

    private let weight: QuantisedWeight
    /// The grids, each once.
    private let grids: [Grid]
    /// The grid of each position of the axis.
    private let own: [Grid]
    private let isSymmetric: Bool
    /// The integers of the type.
    private let range: ClosedRange<Double>
    /// The integers that the weight had: some use fewer bits than their type has.
    private let used: ClosedRange<Double>
    private let tolerance: Double

    /// Takes over how a weight was quantised.
    init(_ weight: QuantisedWeight) throws {
        self.weight = weight
        let type = weight.integers.type
        let wide: ClosedRange<Double>? =
            switch type {
            case .int8: -128...127
            case .uint8: 0...255
            case .int16: -32768...32767
            case .uint16: 0...65535
            case .int32: -2_147_483_648...2_147_483_647
            default: nil
            }
        guard let wide else {
            throw ONNXError("\(weight.name) is stored as \(type), which is not a quantised type")
        }
        range = wide
        let scales = try weight.scale.doubles()
        let zeros = try weight.zero?.doubles() ?? [0]
        own = (0..<max(scales.count, zeros.count)).map { index in
            Grid(scale: scales[min(index, scales.count - 1)], zero: zeros[min(index, zeros.count - 1)])
        }
        var seen: Set<Grid> = []
        grids = own.filter { seen.insert($0).inserted }
        let centre = wide.lowerBound < 0 ? 0 : ((wide.upperBound + 1) / 2)
        isSymmetric = zeros.allSatisfy { $0 == centre }
        let integers = try weight.integers.doubles()
        let (low, high) = (integers.min() ?? centre, integers.max() ?? centre)
        if isSymmetric {
            let reach = min(max(centre - low, high - centre, 1), wide.upperBound - centre)
            used = (centre - reach)...(centre + reach)
        } else {
            used = min(low, centre)...max(high, centre)
        }
        // Allows for the rounding error of a product in half precision.
        tolerance = [.float16, .bfloat16].contains(weight.scale.type) ? 0.25 : 0.01
    }

    /// Quantises numbers.
    ///
    /// - Parameters:
    ///   - numbers: The changed weight.
    ///   - scales: The scales to use, one or one for each position of the axis; nil for those of the range.
    func quantised(_ numbers: Tensor, scales: [Double]? = nil) throws -> QuantisedNumbers {
        let axis = weight.axis
        let count = axis.map { numbers.shape[$0] } ?? 1
        var (parts, chosen): ([Tensor], [Grid]) = ([], [])
        var (error, energy) = (0.0, 0.0)
        for position in 0..<count {
            let slice = try axis.map { try numbers.sliced(axis: $0, position..<(position + 1)) } ?? numbers
            let values = try slice.doubles()
            var grid =
                try scales.map { Grid(scale: $0[min(position, $0.count - 1)], zero: grids.first?.zero ?? 0) }
                ?? known(values, at: count == own.count ? position : nil) ?? fitted(values)
            // The scale as it will be stored.
            grid.scale = try Tensor([grid.scale]).converted(to: weight.scale.type).scalar()
            let codes = values.map { value -> Double in
                let code =
                    grid.scale == 0 ? grid.zero : (value / grid.scale).rounded(.toNearestOrEven) + grid.zero
                return min(max(code, range.lowerBound), range.upperBound)
            }
            for (value, code) in zip(values, codes) {
                let difference = value - (code - grid.zero) * grid.scale
                error += difference * difference
                energy += value * value
            }
            parts.append(try Tensor(codes, shape: slice.shape).converted(to: weight.integers.type))
            chosen.append(grid)
        }
        let shape = axis == nil ? weight.scale.shape : [count]
        let zero = try weight.zero.map { old in
            try Tensor(chosen.map(\.zero), shape: axis == nil ? old.shape : [count]).converted(to: old.type)
        }
        return QuantisedNumbers(
            integers: try axis.map { try Tensor.concatenated(parts, axis: $0) } ?? parts[0],
            scale: try Tensor(chosen.map(\.scale), shape: shape).converted(to: weight.scale.type), zero: zero,
            error: error, energy: energy)
    }

    /// Returns the first of the weight's grids that holds all numbers: their own position's is tried first,
    /// as a finer grid may hold them too.
    private func known(_ values: [Double], at position: Int?) -> Grid? {
        ((position.map { [own[$0]] } ?? []) + grids).first { grid in
            guard grid.scale > 0 else { return values.allSatisfy { $0 == 0 } }
            return values.allSatisfy { value in
                let code = value / grid.scale
                let nearest = code.rounded(.toNearestOrEven)
                return abs(code - nearest) <= tolerance && range.contains(nearest + grid.zero)
            }
        }
    }

    /// Returns the grid of the numbers' range.
    ///
    /// - Throws: `ONNXError` if they are negative and the integers cannot be.
    private func fitted(_ values: [Double]) throws(ONNXError) -> Grid {
        let (low, high) = (min(values.min() ?? 0, 0), max(values.max() ?? 0, 0))
        guard low == 0 || weight.zero != nil || range.lowerBound < 0 else {
            throw ONNXError(
                "\(weight.name) became negative, but is stored as integers without a zero point")
        }
        if isSymmetric || weight.zero == nil {
            let centre = isSymmetric ? grids.first?.zero ?? 0 : 0
            let reach = used.upperBound - centre
            return Grid(scale: max(high, -low) / max(reach, 1), zero: centre)
        }
        let scale = (high - low) / max(used.upperBound - used.lowerBound, 1)
        let zero = scale > 0 ? (used.lowerBound - low / scale).rounded(.toNearestOrEven) : used.lowerBound
        return Grid(scale: scale, zero: min(max(zero, range.lowerBound), range.upperBound))
    }
}
