package import Torch

/// The places that two networks mark: those with a value above a half in maps of probabilities.
///
/// An output is such a map if it has at least three axes, values in 0 ... 1, and at least nine of ten of the
/// original's values within a tenth of either end.
package struct MarkOverlap {
    private static let threshold = 0.5
    private static let margin = 0.1
    private static let leastDecided = 0.9

    /// The places.
    package let places: Double
    /// Those that the original marks.
    package let marked: Double
    /// Those that both mark.
    package let both: Double
    /// Those that either marks.
    package let either: Double

    /// Compares the outputs for one batch; nil if they are no such maps.
    package init?(_ original: Tensor, _ other: Tensor) throws {
        guard original.rank >= 3, original.type.isFloatingPoint, original.count > 0 else { return nil }
        let count = original.count
        let expected = try original.converted(to: .float64).reshaped([count])
        let found = try other.converted(to: .float64).reshaped([count])
        func sum(_ values: Tensor) throws -> Double {
            try values.converted(to: .float64).reduced(.sum, axes: [0]).scalar()
        }
        func above(_ values: Tensor, _ limit: Double) throws -> Tensor {
            try values.combined(.greater, Tensor(repeating: limit, shape: [], device: values.device))
        }
        guard try sum(above(expected, 1 + 1e-6)) == 0, try sum(above(expected, -1e-6)) == Double(count) else {
            return nil
        }
        let undecided = try sum(above(expected, Self.margin)) - sum(above(expected, 1 - Self.margin))
        guard undecided <= (1 - Self.leastDecided) * Double(count) else { return nil }
        let (left, right) = (
            try above(expected, Self.threshold).converted(to: .float64),
            try above(found, Self.threshold).converted(to: .float64)
        )
        places = Double(count)
        marked = try sum(left)
        both = try sum(left.multiplied(by: right))
        either = try marked + sum(right) - both
    }
}
