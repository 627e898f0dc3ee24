internal import Graph
internal import Torch

/// Attention whose queries, keys and values are one projection [n, positions, q + k + v] of the input.
struct MergedAttention: Sendable {
    private static let usualFilter: Float = -10000

    private let heads: Int
    private let sizes: [Int]?
    private let isCausal: Bool
    private let scale: Float?
    private let filter: Float
    private let outputCount: Int

    init(_ attributes: Attributes, _ signature: OperatorSignature) throws {
        heads = try attributes.integer("num_heads", default: 0)
        sizes = try attributes.integers("qkv_hidden_sizes")
        isCausal = try attributes.flag("unidirectional")
        // 0 stands for the default.
        scale = try attributes.optionalFloat("scale").flatMap { $0 == 0 ? nil : $0 }
        filter = try attributes.float("mask_filter_value", default: Self.usualFilter)
        outputCount = max(signature.outputCount, 1)
        guard heads >= 1, outputCount <= 2, scale?.isFinite ?? true, filter.isFinite else {
            throw GraphError("num_heads must be positive, and there are at most 2 outputs")
        }
        for name in ["do_rotary", "past_present_share_buffer"] where try attributes.flag(name) {
            throw GraphError("attribute \(name) is not supported")
        }
        if let sizes {
            guard sizes.count == 3, sizes[0] == sizes[1], sizes.allSatisfy({ $0 >= heads && $0 % heads == 0 })
            else {
                throw GraphError("attribute qkv_hidden_sizes \(sizes) does not fit \(heads) heads")
            }
        }
    }

    private init(_ other: MergedAttention, heads: Int, sizes: [Int]?, scale: Float?) {
        (self.heads, self.sizes, self.scale) = (heads, sizes, scale)
        (isCausal, filter, outputCount) = (other.isCausal, other.filter, other.outputCount)
    }

    /// What differs from the defaults.
    var attributes: Attributes {
        var result: Attributes = ["num_heads": .integer(heads)]
        if let sizes { result["qkv_hidden_sizes"] = .integers(sizes) }
        if isCausal { result["unidirectional"] = .integer(1) }
        if let scale { result["scale"] = .float(scale) }
        if filter != Self.usualFilter { result["mask_filter_value"] = .float(filter) }
        return result
    }

    /// Returns the lengths of a head's queries and values, given the width of all three together.
    private func lengths(width: Int) throws(GraphError) -> (query: Int, value: Int) {
        if let sizes {
            guard try Checked.sum(sizes[0], sizes[1], sizes[2]) == width else {
                throw GraphError("attribute qkv_hidden_sizes \(sizes) does not make up \(width)")
            }
            return (sizes[0] / heads, sizes[2] / heads)
        }
        guard width > 0, width % 3 == 0, width / 3 % heads == 0 else {
            throw GraphError("a projection of \(width) does not split into three times \(heads) heads")
        }
        return (width / 3 / heads, width / 3 / heads)
    }

    /// Returns the outputs' types for an input [n, positions, c], a projection's width, and the optional inputs.
    func types(
        _ input: [Int], width: Int, element: DType, mask: [Int]?, past: [Int]?, bias: [Int]?
    ) throws(GraphError) -> [TensorType] {
        guard input.count == 3 else { throw GraphError("the input must have 3 axes, got shape \(input)") }
        let (length, own) = try lengths(width: width)
        let before = past?.dropFirst(3).first ?? 0
        if let past {
            guard length == own, past == [2, input[0], heads, before, length] else {
                throw GraphError("a past of shape \(past) does not fit \(heads) heads of \(length)")
            }
        }
        let total = try Checked.sum(before, input[1])
        if let mask { try HeadAttention.check(mask: mask, batch: input[0], rows: input[1], columns: total) }
        if let bias {
            guard bias.count == 4, [1, input[0]].contains(bias[0]), [1, heads].contains(bias[1]),
                bias[2...] == [input[1], total]
            else { throw GraphError("an addend of shape \(bias) does not fit the scores") }
        }
        let output = try TensorType.output(element, [input[0], input[1], heads * own])
        guard outputCount > 1 else { return [output] }
        guard length == own else {
            throw GraphError("keys and values of different lengths have no common past")
        }
        return [output, try .output(element, [2, input[0], heads, total, length])]
    }

    /// Returns the outputs for a projection [n, positions, q + k + v].
    func outputs(_ projection: Tensor, mask: Tensor?, past: Tensor?, bias: Tensor?) throws -> [Tensor] {
        let shape = projection.shape
        guard shape.count == 3 else { throw GraphError("a projection cannot have shape \(shape)") }
        let (length, own) = try lengths(width: shape[2])
        let keyStart = heads * length
        func part(_ start: Int, _ count: Int) throws -> Tensor {
            try HeadAttention.split(projection.sliced(axis: 2, start..<(start + count)), heads: heads)
        }
        let query = try part(0, keyStart)
        var (key, value) = (try part(keyStart, keyStart), try part(2 * keyStart, heads * own))
        if let past {
            func before(_ index: Int) throws -> Tensor {
                try past.sliced(axis: 0, index..<(index + 1)).reshaped(Array(past.shape.dropFirst()))
            }
            key = try Tensor.concatenated([before(0), key], axis: 2)
            value = try Tensor.concatenated([before(1), value], axis: 2)
        }
        let columns = key.shape[2]
        var addends = [bias].compactMap { $0 }
        if let mask {
            addends.append(
                try HeadAttention.addends(
                    mask: mask, batch: shape[0], rows: shape[1], columns: columns, filter: Double(filter)))
        }
        if isCausal {
            addends.append(
                try HeadAttention.causal(
                    rows: shape[1], columns: columns, past: columns - shape[1], on: projection.device))
        }
        let factor = scale.map { Double($0) } ?? 1 / Double(max(length, 1)).squareRoot()
        let mixed = try HeadAttention(query: query, key: key, value: value, scale: factor, addends: addends)
            .mixed()
        guard outputCount > 1 else { return [try HeadAttention.joined(mixed)] }
        let present = try Tensor.concatenated(
            [key, value].map { try $0.reshaped([1] + $0.shape) }, axis: 0)
        return [try HeadAttention.joined(mixed), present]
    }

    /// Links whole heads of the projection's parameters, on their axes, and of the past with the output's.
    func links(width: Int, parameters: [(axis: AxisReference, role: MemberRole)], past: Int?) throws
        -> [AxisLink]
    {
        let (length, own) = try lengths(width: width)
        let output = AxisReference.output(0, 2)
        var links = parameters.flatMap { axis, role in
            [(0, length), (heads * length, length), (2 * heads * length, own)].map { start, each in
                AxisLink.heads(
                    axis, from: start, count: heads, length: each, output, stride: own, role: role)
            }
        }
        links.append(.heads(output, count: heads, length: own, output, stride: own))
        if let past { links.append(.heads(.input(past, 2), count: heads, length: 1, output, stride: own)) }
        if outputCount > 1 {
            links.append(.heads(.output(1, 2), count: heads, length: 1, output, stride: own))
        }
        // All or nothing: what is too large to link is kept.
        return links.contains { $0 == nil } ? [] : links.compactMap { $0 }
    }

    /// Returns the attention for the remaining heads.
    func resized(_ change: AxisChange, width: Int) throws -> MergedAttention {
        guard let kept = change.keptLanes(.output(0, 2)) else { return self }
        let (length, own) = try lengths(width: width)
        let count = kept.count / max(own, 1)
        let sizes = sizes.map { _ in [count * length, count * length, count * own] }
        return MergedAttention(self, heads: count, sizes: sizes, scale: scale)
    }

    /// Counts the products of queries with keys and of scores with values.
    func products(_ input: [Int], width: Int, past: [Int]?) -> Int {
        guard input.count == 3, let (length, own) = try? lengths(width: width) else { return 0 }
        let total = (past?.dropFirst(3).first ?? 0) + input[1]
        return Checked.saturatingProduct([input[0], heads, input[1], total, length + own])
    }
}
