internal import Graph
internal import Torch

/// An LSTM with quantised weights. Its input and its states are quantised to their own ranges before each
/// product, as by `DynamicQuantizeLinear`.
///
/// The inputs are those of LSTM, but with weights `[directions, in, 4 hidden]` and recurrent weights
/// `[directions, hidden, 4 hidden]` of 8-bit integers, followed by the scales and zero points of both,
/// `[directions]` or `[directions, 4 hidden]`. The input has one range for all positions, a state its own at
/// each.
struct DynamicQuantizeLSTM: Operator {
    static let type = "DynamicQuantizeLSTM"
    static let domain = Microsoft.domain

    private let lstm: LSTM
    /// The matrices with their scales and zero points.
    private static let matrices = [(matrix: 1, scale: 8, zero: 9), (matrix: 2, scale: 10, zero: 11)]
    private static let lstmInputs = 0..<8

    init(attributes: Attributes, signature: OperatorSignature) throws {
        lstm = try LSTM(attributes: attributes, signature: signature)
        guard lstm.attributes["layout"] == nil else {
            throw GraphError("attribute layout is not understood")
        }
    }

    private init(_ lstm: LSTM) { self.lstm = lstm }

    var attributes: Attributes { lstm.attributes }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        try inputs.type(0).requireElement(.float32, "the input")
        for (matrix, scale, zero) in Self.matrices {
            let type = try inputs.type(matrix)
            try IntegerProducts.require(type, "input \(matrix)")
            try type.requireRank(3...3, "input \(matrix)")
            let shapes = [[type.shape[0]], [type.shape[0], 1], [type.shape[0], type.shape[2]]]
            try inputs.type(scale).requireElement(.float32, "input \(scale)")
            if let zero = inputs.optionalType(zero) { try zero.requireElement(type.element, "a zero point") }
            for parameter in [try inputs.type(scale), inputs.optionalType(zero)].compactMap({ $0 }) {
                guard shapes.contains(parameter.shape) else {
                    throw GraphError(
                        "a scale or zero point of shape \(parameter.shape) does not fit \(type.shape)")
                }
            }
        }
        return try lstm.inferredTypes(Self.part(inputs))
    }

    /// Returns the inputs that an LSTM would get.
    private static func part(_ inputs: OperatorInputs) -> OperatorInputs {
        OperatorInputs(
            types: lstmInputs.map { index in
                guard let type = inputs.optionalType(index) else { return nil }
                guard matrices.contains(where: { $0.matrix == index }), type.rank == 3 else { return type }
                return TensorType(.float32, [type.shape[0], type.shape[2], type.shape[1]])
            })
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        var plain = Self.lstmInputs.map { inputs.optional($0) }
        plain[0] = try Self.rounded(inputs.required(0))
        for (matrix, scale, zero) in Self.matrices {
            let codes = try inputs.required(matrix)
            func spread(_ parameter: Tensor) throws -> Tensor {
                try parameter.reshaped([parameter.shape[0], 1, parameter.rank == 1 ? 1 : parameter.shape[1]])
            }
            plain[matrix] = try codes.centred(zero: inputs.optional(zero).map(spread), as: .float32)
                .multiplied(by: spread(inputs.required(scale))).permuted([0, 2, 1])
        }
        return try lstm.run(plain, reading: Self.rounded)
    }

    /// Returns a tensor after it has been quantised to its own range.
    private static func rounded(_ tensor: Tensor) throws -> Tensor {
        let grid = try DynamicGrid(tensor)
        return try grid.values.centred(zero: grid.zero, as: .float32).multiplied(by: grid.scale)
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        var links = try lstm.axisLinks(Self.part(inputs), outputs: outputs).map {
            AxisLink(Self.own($0.first), Self.own($0.second), role: $0.role, lanes: $0.lanes)
        }
        for (matrix, scale, zero) in Self.matrices {
            for index in [scale, zero] {
                guard let type = inputs.optionalType(index), type.rank == 2, type.shape[1] != 1 else {
                    continue
                }
                links.append(AxisLink(.input(index, 1), .input(matrix, 2), role: .perChannel))
            }
        }
        return links
    }

    /// Converts an axis between the LSTM and this operator, whose matrices are transposed.
    private static func own(_ axis: AxisReference) -> AxisReference {
        guard case .input(let index) = axis.slot, matrices.contains(where: { $0.matrix == index }),
            axis.axis > 0
        else { return axis }
        return .input(index, 3 - axis.axis)
    }

    func resized(_ change: AxisChange) throws -> DynamicQuantizeLSTM {
        let state = AxisReference.input(2, 2)
        let kept = change.keptLanes(Self.own(state)).map { [state: $0] } ?? [:]
        return DynamicQuantizeLSTM(
            try lstm.resized(
                AxisChange(inputs: Self.part(change.inputs), outputs: change.outputs, kept: kept)))
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        lstm.cost(Self.part(inputs), outputs: outputs)
    }
}
