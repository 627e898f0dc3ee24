internal import Graph
internal import Torch

/// Rotation of pairs within every head, as `RotaryEmbedding`: the inputs are x, the positions [n, positions] or the first one [1], and
/// tables of cosines and sines [positions, half].
struct MicrosoftRotaryEmbedding: Operator {
    static let type = "RotaryEmbedding"
    static let domain = Microsoft.domain

    private let rotation: HeadRotation
    private let scale: Float

    init(attributes: Attributes, signature: OperatorSignature) throws {
        rotation = try HeadRotation(attributes)
        scale = try attributes.float("scale", default: 1)
        // ONNX Runtime reads the scale and ignores it.
        guard try !attributes.flag("is_packed_batching"), scale == 1 else {
            throw GraphError("attributes is_packed_batching and scale are not supported")
        }
    }

    private init(_ rotation: HeadRotation) {
        self.rotation = rotation
        scale = 1
    }

    var attributes: Attributes { rotation.attributes }

    /// Returns the length of a head if the tables determine it.
    private func length(_ table: [Int]) -> Int? { table.last.map { 2 * min($0, 1 << 40) } }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, positions, table) = (try inputs.type(0), try inputs.type(1), try inputs.type(2))
        try ElementDomain.real.require(input.element)
        try positions.requireElement(.int64, "the positions")
        let shape = try rotation.split(input.shape, length: length(table.shape))
        let half = try rotation.half(shape)
        for index in [2, 3] {
            try inputs.type(index).requireElement(input.element, "input \(index)")
            try inputs.type(index).requireRank(2...2, "input \(index)")
            try inputs.type(index).requireShape([table.shape[0], half], "input \(index)")
        }
        guard positions.shape == [1] || positions.shape == Array(shape[..<2]) else {
            throw GraphError("positions of shape \(positions.shape) do not fit \(input.shape)")
        }
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (input, table) = (try inputs.required(0), try inputs.required(2))
        let shape = try rotation.split(input.shape, length: length(table.shape))
        var positions = try inputs.required(1).converted(to: .int64)
        if positions.rank == 1 {
            positions = try positions.adding(
                Tensor(Array(0..<shape[1]), shape: [1, shape[1]]).moved(to: input.device)
            ).expanded(to: Array(shape[..<2]))
        }
        return [
            try rotation.rotated(
                input, cosines: HeadRotation.rows(of: table, at: positions),
                sines: HeadRotation.rows(of: inputs.required(3), at: positions), length: length(table.shape))
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let (input, table) = (try inputs.type(0).shape, try inputs.type(2).shape)
        return rotation.links(
            rank: input.count, shape: try rotation.split(input, length: length(table)))
    }

    func resized(_ change: AxisChange) throws -> MicrosoftRotaryEmbedding {
        MicrosoftRotaryEmbedding(try rotation.resized(change))
    }
}
