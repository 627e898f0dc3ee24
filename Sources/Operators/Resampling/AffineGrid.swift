internal import Graph
internal import Torch

/// The points of a grid after an affine map: [n, height, width, 2] for maps [n, 2, 3], [n, depth, height, width, 3] for
/// [n, 3, 4].
///
/// The coordinates are in -1 ... 1, x first, at the centres of pixels or, with `align_corners`, from corner to corner.
struct AffineGrid: Operator {
    static let type = "AffineGrid"

    private let alignsCorners: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        alignsCorners = try attributes.flag("align_corners")
    }

    var attributes: Attributes { alignsCorners ? ["align_corners": .integer(1)] : [:] }

    /// Returns the spatial lengths.
    private func lengths(_ map: [Int], _ size: [Int]) throws(GraphError) -> [Int] {
        guard map.count == 3, map[1] == 2 || map[1] == 3, map[2] == map[1] + 1, size.count == map[1] + 2,
            size[0] == map[0], size.allSatisfy({ $0 >= 0 })
        else { throw GraphError("affine maps of shape \(map) do not fit the size \(size)") }
        let lengths = Array(size[2...])
        try Checked.requireMade([map[0]] + lengths + [map[2]])
        return lengths
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let map = try inputs.type(0)
        try ElementDomain.real.require(map.element)
        let lengths = try lengths(map.shape, inputs.integers(1))
        return [try .output(map.element, [map.shape[0]] + lengths + [lengths.count])]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let map = try inputs.required(0)
        let lengths = try lengths(map.shape, inputs.required(1).integers())
        let wide = try map.inSinglePrecision()
        let rank = lengths.count
        // Columns in the order x, y, z, 1.
        let columns = try lengths.indices.reversed().map { axis in
            try Tensor(
                coordinates(lengths[axis]), shape: lengths.indices.map { $0 == axis ? lengths[axis] : 1 }
            )
            .converted(to: wide.type).moved(to: map.device).expanded(to: lengths).reshaped([-1, 1])
        }
        let count = Checked.saturatingProduct(lengths)
        let ones = try Tensor(repeating: 1, shape: [count, 1], type: wide.type, device: map.device)
        let points = try Tensor.concatenated(columns + [ones], axis: 1)
        return [
            try points.matrixMultiplied(by: wide.permuted([0, 2, 1]))
                .reshaped([map.shape[0]] + lengths + [rank]).converted(to: map.type)
        ]
    }

    private func coordinates(_ length: Int) -> [Double] {
        (0..<length).map {
            alignsCorners
                ? (length == 1 ? 0 : 2 * Double($0) / Double(length - 1) - 1)
                : (2 * Double($0) + 1) / Double(length) - 1
        }
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] { [] }
}
