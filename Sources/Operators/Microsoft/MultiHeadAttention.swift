internal import Graph
internal import Torch

/// Attention of projected queries, keys and values [n, positions, heads length]; keys and values may come as
/// [n, heads, positions, length].
///
/// The inputs are queries, keys, values, a bias for all three, a mask of the keys, a term added to the
/// scores, and past keys and values [n, heads, past, length]; the outputs are [n, positions, heads own
/// length], and the keys and values for the next call.
struct MultiHeadAttention: Operator {
    static let type = "MultiHeadAttention"
    static let domain = Microsoft.domain
    private static let usualFilter: Float = -10000

    private let heads: Int
    private let isCausal: Bool
    private let scale: Float?
    private let filter: Float
    private let outputCount: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        heads = try attributes.integer("num_heads", default: 0)
        isCausal = try attributes.flag("unidirectional")
        scale = try attributes.optionalFloat("scale").flatMap { $0 == 0 ? nil : $0 }
        filter = try attributes.float("mask_filter_value", default: Self.usualFilter)
        outputCount = max(signature.outputCount, 1)
        guard heads >= 1, outputCount <= 3, scale?.isFinite ?? true, filter.isFinite else {
            throw GraphError("num_heads must be positive; scores as an output are not supported")
        }
    }

    private init(_ other: MultiHeadAttention, heads: Int) {
        self.heads = heads
        (isCausal, scale, filter, outputCount) = (
            other.isCausal, other.scale, other.filter, other.outputCount
        )
    }

    var attributes: Attributes {
        var result: Attributes = ["num_heads": .integer(heads)]
        if isCausal { result["unidirectional"] = .integer(1) }
        if let scale { result["scale"] = .float(scale) }
        if filter != Self.usualFilter { result["mask_filter_value"] = .float(filter) }
        return result
    }

    /// The lengths of a node's inputs.
    private struct Plan {
        let batch: Int
        let queries: Int
        let length: Int
        let own: Int
        /// The positions of keys, the past included.
        let keys: Int
        /// Whether keys and values already have an axis of heads.
        let isSplit: Bool
    }

    private func plan(_ shapes: [[Int]?]) throws(GraphError) -> Plan {
        func shape(_ index: Int) -> [Int]? { index < shapes.count ? shapes[index] : nil }
        guard let query = shape(0), let key = shape(1), let value = shape(2), query.count == 3,
            key.count == value.count, (3...4).contains(key.count)
        else { throw GraphError("packed queries, keys and values are not supported: \(shapes.prefix(3))") }
        guard query[2] > 0, query[2] % heads == 0 else {
            throw GraphError("\(query[2]) channels do not split into \(heads) heads")
        }
        func split(_ shape: [Int]) throws(GraphError) -> [Int] {
            if shape.count == 4 { return shape }
            guard shape[2] % heads == 0 else {
                throw GraphError("\(shape[2]) channels do not split into \(heads) heads")
            }
            return [shape[0], heads, shape[1], shape[2] / heads]
        }
        let (keys, values) = (try split(key), try split(value))
        let length = query[2] / heads
        guard keys == [query[0], heads, keys[2], length], values == [query[0], heads, keys[2], values[3]]
        else {
            throw GraphError("queries \(query), keys \(key) and values \(value) do not fit")
        }
        if let bias = shape(3) {
            let width = try Checked.sum(query[2], query[2], try Checked.product([heads, values[3]]))
            guard key.count == 3, bias == [width] else {
                throw GraphError("a bias of shape \(bias) does not fit")
            }
        }
        let before = shape(6)?.dropFirst(2).first ?? 0
        if shape(6) != nil || shape(7) != nil {
            guard shape(6) == [query[0], heads, before, length],
                shape(7) == [query[0], heads, before, values[3]]
            else { throw GraphError("keys and values of before do not fit: \(shapes.dropFirst(6))") }
        }
        let total = try Checked.sum(before, keys[2])
        if let mask = shape(4) {
            try HeadAttention.check(mask: mask, batch: query[0], rows: query[1], columns: total)
        }
        if let addend = shape(5) {
            guard addend.count == 4, [1, query[0]].contains(addend[0]), [1, heads].contains(addend[1]),
                addend[2...] == [query[1], total]
            else { throw GraphError("an addend of shape \(addend) does not fit the scores") }
        }
        return Plan(
            batch: query[0], queries: query[1], length: length, own: values[3], keys: total,
            isSplit: key.count == 4)
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let query = try inputs.type(0)
        try ElementDomain.real.require(query.element)
        for index in [1, 2, 3, 5, 6, 7] {
            try inputs.optionalType(index)?.requireElement(query.element, "input \(index)")
        }
        let plan = try plan((0..<8).map { inputs.optionalType($0)?.shape })
        let present = [plan.batch, heads, plan.keys]
        return try Array(
            [
                .output(query.element, [plan.batch, plan.queries, heads * plan.own]),
                .output(query.element, present + [plan.length]), .output(query.element, present + [plan.own]),
            ].prefix(outputCount))
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let plan = try plan((0..<8).map { inputs.optional($0)?.shape })
        let widths = [0, heads * plan.length, 2 * heads * plan.length, heads * (2 * plan.length + plan.own)]
        let parts = try (0..<3).map { index -> Tensor in
            var part = try inputs.required(index)
            if part.rank == 4 { return part }
            if let bias = inputs.optional(3) {
                part = try part.adding(bias.sliced(axis: 0, widths[index]..<widths[index + 1]))
            }
            return try HeadAttention.split(part, heads: heads)
        }
        var (key, value) = (parts[1], parts[2])
        if let before = inputs.optional(6), let beforeValues = inputs.optional(7) {
            key = try Tensor.concatenated([before, key], axis: 2)
            value = try Tensor.concatenated([beforeValues, value], axis: 2)
        }
        var addends = [inputs.optional(5)].compactMap { $0 }
        if let mask = inputs.optional(4) {
            addends.append(
                try HeadAttention.addends(
                    mask: mask, batch: plan.batch, rows: plan.queries, columns: plan.keys,
                    filter: Double(filter)))
        }
        if isCausal {
            addends.append(
                try HeadAttention.causal(
                    rows: plan.queries, columns: plan.keys, past: plan.keys - plan.queries,
                    on: parts[0].device))
        }
        let factor = scale.map { Double($0) } ?? 1 / Double(plan.length).squareRoot()
        let mixed = try HeadAttention(
            query: parts[0], key: key, value: value, scale: factor, addends: addends
        )
        .mixed()
        return try Array([HeadAttention.joined(mixed), key, value].prefix(outputCount))
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let plan = try plan((0..<8).map { inputs.optionalType($0)?.shape })
        guard inputs.optionalType(5)?.shape[1] ?? 1 == 1 else { return [] }
        let output = AxisReference.output(0, 2)
        func heads(
            _ axis: AxisReference, _ length: Int, from start: Int = 0, role: MemberRole? = nil
        ) -> AxisLink? {
            .heads(axis, from: start, count: self.heads, length: length, output, stride: plan.own, role: role)
        }
        var links = [heads(output, plan.own), heads(.input(0, 2), plan.length)]
        links +=
            plan.isSplit
            ? [heads(.input(1, 1), 1), heads(.input(2, 1), 1)]
            : [heads(.input(1, 2), plan.length), heads(.input(2, 2), plan.own)]
        if inputs.optionalType(3) != nil {
            let width = self.heads * plan.length
            links += [(0, plan.length), (width, plan.length), (2 * width, plan.own)].map {
                heads(.input(3, 0), $1, from: $0, role: .bias)
            }
        }
        if inputs.optionalType(6) != nil { links += [heads(.input(6, 1), 1), heads(.input(7, 1), 1)] }
        links += outputs.indices.dropFirst().map { heads(.output($0, 1), 1) }
        // All or nothing: what is too large to link is kept.
        return links.contains { $0 == nil } ? [] : links.compactMap { $0 }
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let plan = try? plan((0..<8).map { inputs.optionalType($0)?.shape }) else {
            return OperatorCost()
        }
        return OperatorCost(
            multiplyAccumulates: Checked.saturatingProduct([
                plan.batch, heads, plan.queries, plan.keys, plan.length + plan.own,
            ]))
    }

    func resized(_ change: AxisChange) throws -> MultiHeadAttention {
        guard let kept = change.keptLanes(.output(0, 2)) else { return self }
        let plan = try plan((0..<8).map { change.inputs.optionalType($0)?.shape })
        return MultiHeadAttention(self, heads: kept.count / max(plan.own, 1))
    }
}
