internal import Graph
internal import Torch

/// Attention: softmax(scale Q K^T + mask) V for every head.
///
/// Queries, keys and values are [n, heads, positions, length], or [n, positions, heads length] with the numbers of heads as
/// attributes. A head of keys and values may serve several of queries. The mask holds truth values or addends.
struct Attention: Operator {
    static let type = "Attention"

    private let queryHeads: Int?
    private let keyHeads: Int?
    private let scale: Float?
    private let isCausal: Bool
    private let softCap: Float
    private let precision: Int?

    init(attributes: Attributes, signature: OperatorSignature) throws {
        func optional(_ name: String) throws -> Int? {
            attributes[name] == nil ? nil : try attributes.integer(name, default: 0)
        }
        (queryHeads, keyHeads) = (try optional("q_num_heads"), try optional("kv_num_heads"))
        scale = attributes["scale"] == nil ? nil : try attributes.float("scale", default: 1)
        isCausal = try attributes.integer("is_causal", default: 0) != 0
        softCap = try attributes.float("softcap", default: 0)
        precision = try optional("softmax_precision")
        guard signature.outputCount <= 1, signature.inputCount <= 4 else {
            throw GraphError("caches of keys and values, and scores as an output, are not supported")
        }
        guard softCap >= 0, softCap.isFinite, scale ?? 1 > 0, scale?.isFinite ?? true else {
            throw GraphError("attributes scale and softcap must be positive and finite")
        }
    }

    private init(_ other: Attention, queryHeads: Int?, keyHeads: Int?, scale: Float?) {
        (self.queryHeads, self.keyHeads, self.scale) = (queryHeads, keyHeads, scale)
        (isCausal, softCap, precision) = (other.isCausal, other.softCap, other.precision)
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if let queryHeads { result["q_num_heads"] = .integer(queryHeads) }
        if let keyHeads { result["kv_num_heads"] = .integer(keyHeads) }
        if let scale { result["scale"] = .float(scale) }
        if isCausal { result["is_causal"] = .integer(1) }
        if softCap != 0 { result["softcap"] = .float(softCap) }
        if let precision { result["softmax_precision"] = .integer(precision) }
        return result
    }

    private func heads(_ shapes: [[Int]]) throws(GraphError) -> AttentionHeads {
        let counts: (query: Int, key: Int)? =
            if let queryHeads, let keyHeads { (queryHeads, keyHeads) } else { nil }
        return try AttentionHeads(query: shapes[0], key: shapes[1], value: shapes[2], heads: counts)
    }

    private func heads(_ inputs: OperatorInputs) throws -> AttentionHeads {
        try heads((0..<3).map { try inputs.type($0).shape })
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let query = try inputs.type(0)
        try ElementDomain.real.require(query.element)
        for index in 1..<3 { try inputs.type(index).requireElement(query.element, "input \(index)") }
        let heads = try heads(inputs)
        if let mask = inputs.optionalType(3) {
            guard mask.element == .bool || mask.element == query.element else {
                throw GraphError("the mask must hold truth values or \(query.element), got \(mask.element)")
            }
            guard try Broadcasting.shape([mask.shape, heads.scores]) == heads.scores else {
                throw GraphError("a mask of shape \(mask.shape) does not fit scores of \(heads.scores)")
            }
        }
        return [try .output(query.element, heads.output())]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let tensors = try (0..<3).map { try inputs.required($0) }
        let heads = try heads(tensors.map(\.shape))
        let query = try heads.split(tensors[0], heads: heads.queryHeads, length: heads.length)
        let key = try heads.shared(
            heads.split(tensors[1], heads: heads.keyHeads, length: heads.length), length: heads.length)
        let value = try heads.shared(
            heads.split(tensors[2], heads: heads.keyHeads, length: heads.valueLength),
            length: heads.valueLength)
        let factor = scale.map { Double($0) } ?? 1 / Double(max(heads.length, 1)).squareRoot()
        var scores = try query.applying(.multiplied(factor))
            .matrixMultiplied(by: key.permuted([0, 1, 3, 2]))
        if softCap != 0 {
            scores = try scores.applying(.multiplied(1 / Double(softCap))).applying(.hyperbolicTangent)
                .applying(.multiplied(Double(softCap)))
        }
        let never = try Tensor(repeating: -.infinity, shape: [], type: scores.type, device: scores.device)
        if let mask = inputs.optional(3) {
            scores = try mask.type == .bool ? mask.choosing(scores, never) : scores.adding(mask)
        }
        if isCausal {
            let past = try Diagonals.compared(
                .lessOrEqual, rows: heads.queries, columns: heads.keys, diagonal: 0, on: scores.device)
            scores = try past.choosing(scores, never)
        }
        let mixed = try scores.softmax(axis: 3).matrixMultiplied(by: value)
        return [heads.isSplit ? mixed : try mixed.permuted([0, 2, 1, 3]).reshaped(heads.output())]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let heads = try heads(inputs)
        var links = try heads.links()
        links += (0..<3).map { .same(.input($0, 0), .output(0, 0)) }
        // The rows of the scores are independent of each other, unless their places count.
        let rows = heads.isSplit ? 2 : 1
        if !isCausal { links.append(.same(.input(0, rows), .output(0, rows))) }
        guard let mask = inputs.optionalType(3)?.shape else { return links }
        let places: [Int?] =
            heads.isSplit ? [0, 1, isCausal ? nil : 2, nil] : [0, nil, isCausal ? nil : 1, nil]
        let offset = 4 - mask.count
        return links
            + mask.indices.compactMap { axis in
                guard let place = places[axis + offset], mask[axis] == heads.scores[axis + offset] else {
                    return nil
                }
                return .same(.input(3, axis), .output(0, place))
            }
    }

    func resized(_ change: AxisChange) throws -> Attention {
        let heads = try heads(change.inputs)
        // Shorter queries must not change what the scores are multiplied with.
        let isShorter = heads.isSplit && change.keptLanes(.input(0, 3)) != nil
        let fixed = isShorter ? 1 / Float(heads.length).squareRoot() : nil
        guard !heads.isSplit, let kept = change.keptLanes(.output(0, 2)) else {
            return Attention(self, queryHeads: queryHeads, keyHeads: keyHeads, scale: scale ?? fixed)
        }
        let count = kept.count / heads.valueLength
        return Attention(self, queryHeads: count, keyHeads: count / heads.sharing, scale: scale)
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let heads = try? heads(inputs) else { return OperatorCost() }
        let (length, overflow) = heads.length.addingReportingOverflow(heads.valueLength)
        return OperatorCost(
            multiplyAccumulates: Checked.saturatingProduct(heads.scores + [overflow ? .max : length]))
    }
}
