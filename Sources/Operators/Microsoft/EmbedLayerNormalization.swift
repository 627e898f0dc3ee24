internal import Graph
internal import Torch

/// Layer normalisation of the sum of embeddings of words, positions and segments. `[n, positions, c]`
///
/// The inputs are words [n, positions], segments, the tables of words, positions and segments [.., c], scale
/// and shift [c], a mask [n, positions] and positions [n or 1, positions]. Further outputs are the number of
/// positions that the mask leaves, and the sum.
struct EmbedLayerNormalization: Operator {
    static let type = "EmbedLayerNormalization"
    static let domain = Microsoft.domain
    private static let usualEpsilon: Float = 1e-12

    private let epsilon: Float
    private let maskKind: Int
    private let outputCount: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        epsilon = try attributes.float("epsilon", default: Self.usualEpsilon)
        maskKind = try attributes.integer("mask_index_type", default: 1)
        outputCount = signature.outputCount
        guard epsilon >= 0, epsilon.isFinite, outputCount <= 3, (0...1).contains(maskKind) else {
            throw GraphError("epsilon must not be negative, mask_index_type 0 or 1, outputs 3 at most")
        }
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if epsilon != Self.usualEpsilon { result["epsilon"] = .float(epsilon) }
        if maskKind != 1 { result["mask_index_type"] = .integer(maskKind) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (words, table) = (try inputs.type(0), try inputs.type(2))
        try words.requireRank(2...2, "the words")
        try table.requireRank(2...2, "the table of words")
        let width = table.shape[1]
        guard width > 0 else { throw GraphError("embeddings must not be empty") }
        for index in [0, 1, 7, 8] {
            guard let type = inputs.optionalType(index) else { continue }
            try IndexTensors.require(type, "input \(index)")
            let isShared = index == 8 && type.shape == [1, words.shape[1]]
            if !isShared { try type.requireShape(words.shape, "input \(index)") }
        }
        for index in [3, 4] {
            guard let type = index == 3 ? try inputs.type(3) : inputs.optionalType(4) else { continue }
            try type.requireRank(2...2, "input \(index)")
            try type.requireShape([type.shape[0], width], "input \(index)")
            try type.requireElement(table.element, "input \(index)")
        }
        guard (inputs.optionalType(1) == nil) == (inputs.optionalType(4) == nil) else {
            throw GraphError("segments and their table go together")
        }
        for index in [5, 6] { try inputs.type(index).requireShape([width], "input \(index)") }
        let positions = try inputs.type(3).shape[0]
        guard inputs.optionalType(8) != nil || words.shape[1] <= positions else {
            throw GraphError("there are more positions than embeddings of them")
        }
        let output = try TensorType.output(table.element, words.shape + [width])
        return Array([output, TensorType(.int32, [words.shape[0]]), output].prefix(max(outputCount, 1)))
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let words = try inputs.required(0)
        func embedding(_ table: Tensor, _ indices: Tensor) throws -> Tensor {
            try table.selecting(axis: 0, at: indices.converted(to: .int64).reshaped([-1]))
                .reshaped(indices.shape + [table.shape[1]])
        }
        let positions =
            try inputs.optional(8)
            ?? Tensor(Array(0..<words.shape[1]), shape: [1, words.shape[1]]).moved(to: words.device)
        var total = try embedding(inputs.required(2), words)
            .adding(embedding(inputs.required(3), positions))
        if let segments = inputs.optional(1), let table = inputs.optional(4) {
            total = try total.adding(embedding(table, segments))
        }
        let result = try total.inSinglePrecision().layerNormalised(axisCount: 1, epsilon: Double(epsilon))
            .multiplied(by: inputs.required(5).inSinglePrecision())
            .adding(inputs.required(6).inSinglePrecision()).converted(to: total.type)
        guard outputCount > 1 else { return [result] }
        let counts =
            try inputs.optional(7)?.converted(to: .int64).reduced(.sum, axes: [1]).converted(to: .int32)
            ?? Tensor(repeating: 0, shape: [words.shape[0]], type: .int32, device: words.device)
        return Array([result, counts, total].prefix(outputCount))
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        var links: [AxisLink] = [
            AxisLink(.input(5, 0), .output(0, 2), role: .perChannel),
            AxisLink(.input(6, 0), .output(0, 2), role: .bias),
        ]
        links += [2, 3, 4].filter { inputs.optionalType($0) != nil }.map {
            AxisLink(.input($0, 1), .output(0, 2), role: .producer)
        }
        if outputs.count > 2 { links += AxisLink.allSame(.output(2), .output(0), axes: 2...2) }
        return links
    }
}
