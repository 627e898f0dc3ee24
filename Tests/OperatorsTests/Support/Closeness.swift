import Torch

/// Elements may differ by this, relative to the larger of 1 and the expected one.
let elementTolerance = 2e-5

/// Returns how two tensors differ, or nil where they are alike.
func difference(_ actual: Tensor, _ expected: Tensor, tolerance: Double = elementTolerance) throws -> String?
{
    guard actual.shape == expected.shape else { return "shape \(actual.shape), expected \(expected.shape)" }
    guard actual.type == expected.type else { return "type \(actual.type), expected \(expected.type)" }
    guard actual.type.isFloatingPoint else {
        let (left, right) = (try actual.integers(), try expected.integers())
        return left == right ? nil : "\(left), expected \(right)"
    }
    for (index, pair) in zip(try actual.doubles(), try expected.doubles()).enumerated() {
        // Written so that a NaN on one side only is a difference.
        if pair.0 == pair.1 || (pair.0.isNaN && pair.1.isNaN) { continue }
        guard abs(pair.0 - pair.1) <= tolerance * max(1, abs(pair.1)) else {
            return "element \(index) is \(pair.0), expected \(pair.1)"
        }
    }
    return nil
}
