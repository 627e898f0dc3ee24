internal import Graph
internal import Torch

/// (x - mean) / standard deviation over some axes, by default all except the channels'.
struct MeanVarianceNormalization: Operator {
    static let type = "MeanVarianceNormalization"
    private static let usualAxes = [0, 2, 3]
    /// The number that ONNX Runtime and the standard's function add to the deviation.
    private static let epsilon = 1e-9

    private let requested: [Int]

    init(attributes: Attributes, signature: OperatorSignature) throws {
        requested = try attributes.integers("axes") ?? Self.usualAxes
    }

    var attributes: Attributes { requested == Self.usualAxes ? [:] : ["axes": .integers(requested)] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        let axes = try AxisList.resolved(requested, rank: input.rank)
        guard !axes.contains(where: { input.shape[$0] == 0 }) else {
            throw GraphError("nothing to normalise in shape \(input.shape)")
        }
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let axes = try AxisList.resolved(requested, rank: input.rank)
        guard !axes.isEmpty else { return [try input.subtracting(input)] }
        let wide = try input.inSinglePrecision()
        let centred = try wide.subtracting(wide.reduced(.mean, axes: axes, keepingAxes: true))
        let deviation = try centred.multiplied(by: centred).reduced(.mean, axes: axes, keepingAxes: true)
            .applying(.squareRoot).applying(.adding(Self.epsilon))
        return [try centred.divided(by: deviation).converted(to: input.type)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let rank = try inputs.type(0).rank
        let axes = try AxisList.resolved(requested, rank: rank)
        return AxisLink.allSame(.input(0), .output(0), axes: (0..<rank).filter { !axes.contains($0) })
    }
}
