internal import Graph
internal import Torch

/// Crops axes, or pads them with zeros, on both sides to lengths given by a second input; an odd position is
/// at the end.
struct CenterCropPad: Operator {
    static let type = "CenterCropPad"

    private let axes: [Int]?

    init(attributes: Attributes, signature: OperatorSignature) throws {
        axes = try attributes.integers("axes")
    }

    var attributes: Attributes { axes.map { ["axes": .integers($0)] } ?? [:] }

    /// Returns the output's shape.
    private func shape(_ input: [Int], _ lengths: [Int]) throws(GraphError) -> [Int] {
        let axes = axes ?? Array(input.indices)
        guard axes.count == lengths.count, lengths.allSatisfy({ $0 >= 0 }) else {
            throw GraphError("lengths \(lengths) do not fit axes \(axes)")
        }
        _ = try AxisList.resolved(axes, rank: input.count)
        var result = input
        for (axis, length) in zip(axes, lengths) {
            result[try Checked.axis(axis, rank: input.count)] = length
        }
        if zip(result, input).contains(where: { $0 > $1 }) { try Checked.requireMade(result) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        return [try .output(input.element, shape(input.shape, inputs.integers(1)))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let shape = try shape(input.shape, inputs.required(1).integers())
        let amounts = zip(shape, input.shape).map { wanted, length -> (before: Int, after: Int) in
            let less = abs(wanted - length) / 2
            let more = abs(wanted - length) - less
            return wanted < length ? (-less, -more) : (less, more)
        }
        return [try input.padded(amounts)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let rank = try inputs.type(0).rank
        guard let axes else { return [] }
        let own = try AxisList.resolved(axes, rank: rank)
        return AxisLink.allSame(.input(0), .output(0), axes: (0..<rank).filter { !own.contains($0) })
    }
}
