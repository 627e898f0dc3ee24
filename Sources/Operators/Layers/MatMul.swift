internal import Graph
internal import Torch

/// The matrix product [..., m, k] x [..., k, n] = [..., m, n]; leading axes broadcast as in NumPy.
///
/// A left vector [k] counts as [1, k] and a right one as [k, 1]; the added axis is dropped again.
struct MatMul: Operator {
    static let type = "MatMul"

    init(attributes: Attributes, signature: OperatorSignature) throws {}

    var attributes: Attributes { [:] }

    /// The axes of both operands.
    private struct Shapes {
        let left: [Int]
        let right: [Int]
        let leading: [Int]

        init(_ left: [Int], _ right: [Int]) throws(GraphError) {
            guard !left.isEmpty, !right.isEmpty else {
                throw GraphError("a matrix product needs vectors or matrices, got \(left) and \(right)")
            }
            (self.left, self.right) = (left, right)
            guard left[left.count - 1] == right[Self.inner(right)] else {
                throw GraphError("matrices \(left) and \(right) do not fit")
            }
            leading = try Broadcasting.shape([Array(left.dropLast(2)), Array(right.dropLast(2))])
        }

        static func inner(_ right: [Int]) -> Int { max(right.count - 2, 0) }

        var leftInner: Int { left.count - 1 }
        var rightInner: Int { Self.inner(right) }

        var output: [Int] {
            leading + (left.count > 1 ? [left[left.count - 2]] : [])
                + (right.count > 1 ? [right[right.count - 1]] : [])
        }
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (left, right) = (try inputs.type(0), try inputs.type(1))
        try ElementDomain.number.require(left.element)
        try right.requireElement(left.element, "the right matrix")
        return [try .output(left.element, Shapes(left.shape, right.shape).output)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try inputs.required(0).matrixMultiplied(by: inputs.required(1))]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let shapes = try Shapes(inputs.type(0).shape, inputs.type(1).shape)
        let output = shapes.output
        var links = [
            AxisLink(.input(1, shapes.rightInner), .input(0, shapes.leftInner), role: .consumer),
            AxisLink(.input(0, shapes.leftInner), .input(1, shapes.rightInner), role: .consumer),
        ]
        if shapes.right.count > 1 {
            links.append(
                AxisLink(
                    .input(1, shapes.right.count - 1), .output(0, output.count - 1), role: .producer))
        }
        if shapes.left.count > 1 {
            let row = shapes.leading.count
            links.append(AxisLink(.input(0, shapes.left.count - 2), .output(0, row), role: .producer))
        }
        for (index, shape) in [shapes.left, shapes.right].enumerated() {
            links += Broadcasting.links(
                input: index, Array(shape.dropLast(2)), output: shapes.leading, role: .perChannel)
        }
        return links
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        let isComputed = (0..<2).allSatisfy { inputs.constant($0) == nil }
        let ranks = (0..<2).compactMap { inputs.optionalType($0)?.rank }
        return isComputed && ranks.allSatisfy { $0 >= 2 } ? .matrixProduct : .unknown
    }

    func linearLayer(_ inputs: OperatorInputs) throws -> LinearLayer? {
        guard let weight = inputs.constant(1), weight.rank == 2, inputs.constant(0) == nil,
            let rank = inputs.optionalType(0)?.rank, rank >= 2
        else { return nil }
        return LinearLayer(biasInput: nil, weightOutputAxis: 1, outputAxis: rank - 1, pointwise: self)
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let inner = inputs.optionalType(0)?.shape.last, let output = outputs.first else {
            return OperatorCost()
        }
        return OperatorCost(multiplyAccumulates: Checked.saturatingProduct(output.shape + [inner]))
    }
}
