internal import Graph
internal import Torch

/// x where not negative, slope x elsewhere, for a slope that broadcasts to x.
///
/// Before version 7, a slope [c] belongs to the channels, axis 1.
struct PRelu: Operator {
    static let type = "PRelu"

    private let isSlopePerChannel: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        isSlopePerChannel = signature.operatorSet < 7
    }

    var attributes: Attributes { [:] }

    private func alignedSlope(_ slope: [Int], input: [Int]) throws(GraphError) -> [Int] {
        let isVector = isSlopePerChannel && slope.count == 1 && slope != [1] && input.count > 2
        let aligned = isVector ? slope + [Int](repeating: 1, count: input.count - 2) : slope
        guard try Broadcasting.shape([aligned, input]) == input else {
            throw GraphError("the slope \(slope) does not broadcast to \(input)")
        }
        return aligned
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, slope) = (try inputs.type(0), try inputs.type(1))
        try ElementDomain.number.require(input.element)
        try slope.requireElement(input.element, "the slope")
        _ = try alignedSlope(slope.shape, input: input.shape)
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (input, slope) = (try inputs.required(0), try inputs.required(1))
        let zero = try Tensor(repeating: 0, shape: [], type: input.type, device: input.device)
        let scaled = try input.multiplied(
            by: slope.reshaped(alignedSlope(slope.shape, input: input.shape)))
        return [try input.combined(.less, zero).choosing(scaled, input)]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .elementwise }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let (input, slope) = (try inputs.type(0).shape, try inputs.type(1).shape)
        let aligned = try alignedSlope(slope, input: input)
        return AxisLink.allSame(.input(0), .output(0), axes: input.indices)
            + Broadcasting.links(
                input: 1, aligned, output: input, role: .perChannel, axes: 0..<slope.count)
    }
}
