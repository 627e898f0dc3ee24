internal import Graph
internal import Torch

/// Attention: softmax(scale Q K^T + mask) V for every head.
///
/// Queries, keys and values are [n, heads, positions, length], or [n, positions, heads length] with the
/// numbers of heads as attributes. A head of keys and values may serve several of queries. The mask holds
/// truth values or terms to add. Keys and values of the past [n, heads, positions, length] come first, and
/// both together are outputs; if they are stored elsewhere, an input gives the number of visible keys. The
/// last output is the scores at one of four stages. A query that sees no key yields zeros.
struct Attention: Operator {
    static let type = "Attention"

    private let queryHeads: Int?
    private let keyHeads: Int?
    let scale: Float?
    let isCausal: Bool
    let softCap: Float
    private let precision: Int?
    /// How many positions to the left and to the right of its own a query sees; -1 for all.
    let window: (left: Int, right: Int)
    let shownScores: Scores
    let outputCount: Int
    private let fillsMask: Bool

    /// The stage of the scores in the last output.
    enum Scores: Int, Sendable {
        case raw, capped, masked, normalised
    }

    init(attributes: Attributes, signature: OperatorSignature) throws {
        func optional(_ name: String) throws -> Int? {
            attributes[name] == nil ? nil : try attributes.integer(name, default: 0)
        }
        (queryHeads, keyHeads) = (try optional("q_num_heads"), try optional("kv_num_heads"))
        scale = attributes["scale"] == nil ? nil : try attributes.float("scale", default: 1)
        isCausal = try attributes.integer("is_causal", default: 0) != 0
        softCap = try attributes.float("softcap", default: 0)
        precision = try optional("softmax_precision")
        window = (
            try attributes.integer("left_window_size", default: -1),
            try attributes.integer("right_window_size", default: -1)
        )
        let mode = try attributes.integer("qk_matmul_output_mode", default: 0)
        guard let shown = Scores(rawValue: mode) else {
            throw GraphError("attribute qk_matmul_output_mode must be in 0...3, got \(mode)")
        }
        shownScores = shown
        outputCount = max(signature.outputCount, 1)
        fillsMask = signature.operatorSet >= 24
        guard outputCount <= 4 else { throw GraphError("has at most 4 outputs, got \(outputCount)") }
        guard softCap >= 0, softCap.isFinite, scale ?? 1 > 0, scale?.isFinite ?? true else {
            throw GraphError("attributes scale and softcap must be positive and finite")
        }
        guard window.left >= -1, window.right >= -1 else {
            throw GraphError(
                "a window must not be negative, but for -1, got \(window.left) and \(window.right)")
        }
    }

    private init(_ other: Attention, queryHeads: Int?, keyHeads: Int?, scale: Float?) {
        (self.queryHeads, self.keyHeads, self.scale) = (queryHeads, keyHeads, scale)
        (isCausal, softCap, precision) = (other.isCausal, other.softCap, other.precision)
        (window, shownScores, outputCount) = (other.window, other.shownScores, other.outputCount)
        fillsMask = other.fillsMask
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if let queryHeads { result["q_num_heads"] = .integer(queryHeads) }
        if let keyHeads { result["kv_num_heads"] = .integer(keyHeads) }
        if let scale { result["scale"] = .float(scale) }
        if isCausal { result["is_causal"] = .integer(1) }
        if softCap != 0 { result["softcap"] = .float(softCap) }
        if let precision { result["softmax_precision"] = .integer(precision) }
        if window.left != -1 { result["left_window_size"] = .integer(window.left) }
        if window.right != -1 { result["right_window_size"] = .integer(window.right) }
        if shownScores != .raw { result["qk_matmul_output_mode"] = .integer(shownScores.rawValue) }
        return result
    }

    /// Whether scores are normalised in double precision; no other precision is finer than the engine's.
    var isDouble: Bool { precision == 11 }

    func heads(_ inputs: OperatorInputs) throws -> AttentionHeads {
        let counts: (query: Int, key: Int)? =
            if let queryHeads, let keyHeads { (queryHeads, keyHeads) } else { nil }
        return try AttentionHeads(
            query: inputs.type(0).shape, key: inputs.type(1).shape, value: inputs.type(2).shape,
            pastKey: inputs.optionalType(4)?.shape, pastValue: inputs.optionalType(5)?.shape, heads: counts)
    }

    /// Returns a mask's shape once its last axis is extended by hidden keys.
    func filledMask(_ shape: [Int], _ heads: AttentionHeads) -> [Int] {
        guard fillsMask, let last = shape.last, last < heads.allKeys else { return shape }
        return shape.dropLast() + [heads.allKeys]
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let query = try inputs.type(0)
        try ElementDomain.real.require(query.element)
        for index in [1, 2, 4, 5] {
            guard let type = index < 3 ? try inputs.type(index) : inputs.optionalType(index) else { continue }
            try type.requireElement(query.element, "input \(index)")
        }
        let heads = try heads(inputs)
        if let mask = inputs.optionalType(3) {
            guard mask.element == .bool || mask.element == query.element else {
                throw GraphError("the mask must hold truth values or \(query.element), got \(mask.element)")
            }
            let filled = filledMask(mask.shape, heads)
            guard try Broadcasting.shape([filled, heads.scores]) == heads.scores else {
                throw GraphError("a mask of shape \(mask.shape) does not fit scores of \(heads.scores)")
            }
        }
        if let counts = inputs.optionalType(6) {
            try IndexTensors.require(counts, "the numbers of keys")
            try counts.requireShape([heads.batch], "the numbers of keys")
            guard inputs.optionalType(4) == nil else {
                throw GraphError("keys of the past do not go together with numbers of keys")
            }
        }
        let keys = [heads.batch, heads.keyHeads, heads.allKeys]
        return try Array(
            [heads.output(), keys + [heads.length], keys + [heads.valueLength], heads.scores]
                .prefix(outputCount).map { try .output(query.element, $0) })
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        // Cached keys and values, and scores that are an output, are kept.
        guard outputs.count == 1, [4, 5, 6].allSatisfy({ inputs.optionalType($0) == nil }) else { return [] }
        let heads = try heads(inputs)
        let countsPlaces = isCausal || window != (-1, -1)
        var links = try heads.links()
        links += (0..<3).map { .same(.input($0, 0), .output(0, 0)) }
        // The rows of the scores are independent of each other, unless their places matter.
        let rows = heads.isSplit ? 2 : 1
        if !countsPlaces { links.append(.same(.input(0, rows), .output(0, rows))) }
        guard let mask = inputs.optionalType(3)?.shape else { return links }
        let places: [Int?] =
            heads.isSplit ? [0, 1, countsPlaces ? nil : 2, nil] : [0, nil, countsPlaces ? nil : 1, nil]
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
        // Shorter queries must not change the factor on the scores.
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
