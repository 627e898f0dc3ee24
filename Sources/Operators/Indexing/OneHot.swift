internal import Graph
internal import Torch

/// A new axis of a given length with one value at each index and another one elsewhere.
struct OneHot: Operator {
    static let type = "OneHot"

    private let axis: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        axis = try attributes.integer("axis", default: -1)
    }

    var attributes: Attributes { axis == -1 ? [:] : ["axis": .integer(axis)] }

    private func checkedDepth(_ depth: [Int]) throws(GraphError) -> Int {
        guard depth.count == 1, depth[0] >= 0 else {
            throw GraphError("the number of positions must be a scalar >= 0, got \(depth)")
        }
        return depth[0]
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (indices, values) = (try inputs.type(0), try inputs.type(2))
        try ElementDomain.number.require(indices.element)
        try values.requireShape([2], "the values")
        var shape = indices.shape
        let depth = try checkedDepth(inputs.integers(1))
        shape.insert(depth, at: try Checked.axis(axis, rank: try Checked.sum(indices.rank, 1)))
        return [try .output(values.element, shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (indices, values) = (try inputs.required(0), try inputs.required(2))
        let depth = try checkedDepth(inputs.required(1).integers())
        let shape = indices.shape
        let axis = try Checked.axis(axis, rank: shape.count + 1)
        try Checked.requireMade(shape + [depth])
        let counted = try IndexTensors.counted(indices, length: depth)
            .reshaped(shape[..<axis] + [1] + shape[axis...])
        let lengths = (0...shape.count).map { $0 == axis ? depth : 1 }
        let positions = try Tensor(Array(0..<depth), shape: lengths).moved(to: indices.device)
        let (off, on) = (
            try values.sliced(axis: 0, 0..<1).reshaped([]), try values.sliced(axis: 0, 1..<2).reshaped([])
        )
        return [try counted.combined(.equal, positions).choosing(on, off)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let rank = try inputs.type(0).rank
        let axis = try Checked.axis(axis, rank: rank + 1)
        return (0..<rank).map { .same(.input(0, $0), .output(0, $0 < axis ? $0 : $0 + 1)) }
    }
}
