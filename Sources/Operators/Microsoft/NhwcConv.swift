internal import Graph
internal import Torch

/// Convolution of images [n, height, width, in] with a weight [out, in / group, kh, kw]: the channels are last.
struct NhwcConv: Operator {
    static let type = "NhwcConv"
    static let domain = Microsoft.domain

    private let convolution: Conv

    init(attributes: Attributes, signature: OperatorSignature) throws {
        convolution = try Conv(attributes: attributes, signature: signature)
    }

    private init(_ convolution: Conv) { self.convolution = convolution }

    var attributes: Attributes { convolution.attributes }

    /// Returns a shape with the channels second.
    private static func channelsSecond(_ type: TensorType) throws(GraphError) -> TensorType {
        try type.requireRank(3...5, "images")
        return TensorType(
            type.element, [type.shape[0], type.shape[type.rank - 1]] + type.shape[1..<(type.rank - 1)])
    }

    private static func channelsLast(_ type: TensorType) -> TensorType {
        TensorType(type.element, [type.shape[0]] + type.shape[2...] + [type.shape[1]])
    }

    private func part(_ inputs: OperatorInputs) throws -> OperatorInputs {
        OperatorInputs(
            types: [
                try Self.channelsSecond(inputs.type(0)), inputs.optionalType(1), inputs.optionalType(2),
            ])
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        try convolution.inferredTypes(part(inputs)).map(Self.channelsLast)
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let images = try inputs.required(0)
        guard images.rank >= 3 else { throw GraphError("images cannot have shape \(images.shape)") }
        let last = images.rank - 1
        let turned = try images.permuted([0, last] + (1..<last))
        return try convolution.evaluate([turned] + inputs.dropFirst(), in: &context).map {
            try $0.permuted([0] + (2...last) + [1])
        }
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let last = try inputs.type(0).rank - 1
        func moved(_ reference: AxisReference) -> AxisReference {
            switch reference.slot {
            case .input(let index) where index > 0: reference
            default:
                AxisReference(
                    slot: reference.slot,
                    axis: reference.axis == 0 ? 0 : reference.axis == 1 ? last : reference.axis - 1)
            }
        }
        let types = try outputs.map { try Self.channelsSecond($0) }
        return try convolution.axisLinks(part(inputs), outputs: types).map {
            AxisLink(moved($0.first), moved($0.second), role: $0.role, lanes: $0.lanes)
        }
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let part = try? part(inputs) else { return OperatorCost() }
        return convolution.cost(part, outputs: outputs)
    }

    func resized(_ change: AxisChange) throws -> NhwcConv {
        let last = try change.inputs.type(0).rank - 1
        var kept: [AxisReference: [Int]] = [:]
        // Groups depend only on the number of input channels.
        if let lanes = change.keptLanes(.input(0, last)) { kept[.input(0, 1)] = lanes }
        let part = AxisChange(inputs: try part(change.inputs), outputs: change.outputs, kept: kept)
        return NhwcConv(try convolution.resized(part))
    }
}
