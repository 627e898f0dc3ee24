internal import Graph
internal import Torch

/// Attention through a state of keys and values that is updated at every position: o = scale q S.
///
/// linear: S += k v; gated: S = e^g S + k v; delta: S += b k (v - S k); gated delta: both. The inputs are queries, keys and
/// values [n, positions, heads length], the state before [n, heads, length, own length], the logarithm of the decay
/// [n, positions, heads] or [n, positions, heads length], and the rate b [n, positions, heads or 1]. The outputs are those of the
/// queries and the state after.
struct LinearAttention: Operator {
    static let type = "LinearAttention"

    private enum Rule: String, CaseIterable {
        case linear, gated, delta
        case gatedDelta = "gated_delta"

        var decays: Bool { self == .gated || self == .gatedDelta }
        var corrects: Bool { self == .delta || self == .gatedDelta }
    }

    private let queryHeads: Int
    private let keyHeads: Int
    private let scale: Float
    private let rule: Rule
    private let chunk: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        queryHeads = try attributes.integer("q_num_heads", default: 0)
        keyHeads = try attributes.integer("kv_num_heads", default: 0)
        scale = try attributes.float("scale", default: 0)
        rule = try attributes.choice("update_rule", default: Rule.gatedDelta)
        // A hint about speed.
        chunk = try attributes.integer("chunk_size", default: 64)
        guard keyHeads >= 1, queryHeads >= keyHeads, queryHeads % keyHeads == 0 else {
            throw GraphError("q_num_heads \(queryHeads) must be a multiple of kv_num_heads \(keyHeads)")
        }
    }

    var attributes: Attributes {
        var result: Attributes = [
            "q_num_heads": .integer(queryHeads), "kv_num_heads": .integer(keyHeads),
        ]
        if scale != 0 { result["scale"] = .float(scale) }
        if rule != .gatedDelta { result["update_rule"] = .string(rule.rawValue) }
        if chunk != 64 { result["chunk_size"] = .integer(chunk) }
        return result
    }

    /// The lengths of a key and of a value, and the state's shape.
    private func plan(_ shapes: [[Int]?]) throws(GraphError) -> (length: Int, own: Int, state: [Int]) {
        guard shapes.count >= 3, let query = shapes[0], let key = shapes[1], let value = shapes[2],
            query.count == 3, key.count == 3, value.count == 3, query[2] % queryHeads == 0,
            key[2] % keyHeads == 0, value[2] % keyHeads == 0, query[..<2] == key[..<2],
            key[..<2] == value[..<2],
            query[2] / queryHeads == key[2] / keyHeads
        else { throw GraphError("queries, keys and values do not fit: \(shapes.prefix(3))") }
        let state = [query[0], keyHeads, key[2] / keyHeads, value[2] / keyHeads]
        func optional(_ index: Int) -> [Int]? { index < shapes.count ? shapes[index] : nil }
        guard optional(3) ?? state == state else {
            throw GraphError("the state must have shape \(state), got \(optional(3) ?? [])")
        }
        guard (optional(4) != nil) == rule.decays, (optional(5) != nil) == rule.corrects else {
            throw GraphError("the rule \(rule.rawValue) does not take this set of inputs")
        }
        for (shape, widths) in [(optional(4), [keyHeads, key[2]]), (optional(5), [keyHeads, 1])] {
            guard let shape else { continue }
            guard shape.count == 3, shape[..<2] == query[..<2], widths.contains(shape[2]) else {
                throw GraphError("a decay or rate of shape \(shape) does not fit")
            }
        }
        return (state[2], state[3], state)
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let query = try inputs.type(0)
        try ElementDomain.real.require(query.element)
        for index in [1, 2, 4, 5] {
            try inputs.optionalType(index)?.requireElement(query.element, "input \(index)")
        }
        let plan = try plan((0..<6).map { inputs.optionalType($0)?.shape })
        let width = try Checked.product([queryHeads, plan.own])
        return [
            try .output(query.element, Array(query.shape[..<2]) + [width]),
            try .output(inputs.optionalType(3)?.element ?? query.element, plan.state),
        ]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let query = try inputs.required(0)
        let plan = try plan((0..<6).map { inputs.optional($0)?.shape })
        let (batch, positions) = (query.shape[0], query.shape[1])
        let wide: DType = query.type == .float64 ? .float64 : .float32
        /// Returns an input as [n, positions, heads, length].
        func split(_ tensor: Tensor, _ heads: Int) throws -> Tensor {
            try tensor.converted(to: wide).reshaped([batch, positions, heads, tensor.shape[2] / heads])
        }
        let queries = try split(query, queryHeads)
        let (keys, values) = (
            try split(inputs.required(1), keyHeads), try split(inputs.required(2), keyHeads)
        )
        let decays = try inputs.optional(4).map { try split($0, keyHeads).applying(.exponential) }
        let rates = try inputs.optional(5).map { try split($0, $0.shape[2]) }
        var state =
            try inputs.optional(3)?.converted(to: wide)
            ?? Tensor(repeating: 0, shape: plan.state, type: wide, device: query.device)
        func step(_ tensor: Tensor, _ position: Int, _ shape: [Int]) throws -> Tensor {
            try tensor.sliced(axis: 1, position..<(position + 1)).reshaped(shape)
        }
        let factor = scale == 0 ? 1 / Double(max(plan.length, 1)).squareRoot() : Double(scale)
        let sharing = queryHeads / keyHeads
        let read = [batch, keyHeads, sharing, plan.length]
        var outputs: [Tensor] = []
        for position in 0..<positions {
            let key = try step(keys, position, [batch, keyHeads, plan.length, 1])
            var value = try step(values, position, [batch, keyHeads, 1, plan.own])
            if let decays {
                state = try state.multiplied(by: step(decays, position, [batch, keyHeads, -1, 1]))
            }
            if let rates {
                let known = try key.permuted([0, 1, 3, 2]).matrixMultiplied(by: state)
                value = try value.subtracting(known).multiplied(by: step(rates, position, [batch, -1, 1, 1]))
            }
            state = try state.adding(key.multiplied(by: value))
            outputs.append(
                try step(queries, position, read).matrixMultiplied(by: state)
                    .reshaped([batch, 1, queryHeads * plan.own]))
        }
        let result =
            try outputs.isEmpty
            ? Tensor(
                repeating: 0, shape: [batch, 0, queryHeads * plan.own], type: wide, device: query.device)
            : Tensor.concatenated(outputs, axis: 1).applying(.multiplied(factor))
        return [
            try result.converted(to: query.type),
            try state.converted(to: inputs.optional(3)?.type ?? query.type),
        ]
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let plan = try? plan((0..<6).map { inputs.optionalType($0)?.shape }),
            let query = inputs.optionalType(0)?.shape
        else { return OperatorCost() }
        // The products of queries and of keys with the state.
        let heads = rule.corrects ? queryHeads + keyHeads : queryHeads
        return OperatorCost(
            multiplyAccumulates: Checked.saturatingProduct([query[0], query[1], heads, plan.length, plan.own])
        )
    }
}
