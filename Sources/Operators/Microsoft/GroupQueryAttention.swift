internal import Graph
internal import Torch

/// Causal attention with a cache in which a head of keys and values serves several of queries, optionally
/// with rotary embedding.
///
/// The inputs are queries [n, positions, heads length] or all three packed, keys and values [n, positions, own heads length], the
/// caches [n, own heads, past, length], for each of the batch its whole length less one, the greatest whole length, the tables of
/// cosines and sines, positions [n, positions], an addend of the scores and a score per head for attending to nothing. The outputs
/// are [n, positions, heads length] and the caches.
struct GroupQueryAttention: Operator {
    static let type = "GroupQueryAttention"
    static let domain = Microsoft.domain

    private let heads: Int
    private let ownHeads: Int
    private let scale: Float?
    private let softCap: Float
    private let window: Int
    private let isRotated: Bool
    private let isInterleaved: Bool
    private let isSmooth: Bool
    private let rotation: HeadRotation
    private let outputCount: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        heads = try attributes.integer("num_heads", default: 0)
        ownHeads = try attributes.integer("kv_num_heads", default: 0)
        scale = try attributes.optionalFloat("scale").flatMap { $0 == 0 ? nil : $0 }
        softCap = try attributes.float("softcap", default: 0)
        window = try attributes.integer("local_window_size", default: -1)
        isRotated = try attributes.flag("do_rotary")
        isInterleaved = try attributes.flag("rotary_interleaved")
        let smooth = try attributes.integer("smooth_softmax", default: 0)
        isSmooth = smooth == 1
        outputCount = max(signature.outputCount, 1)
        guard ownHeads >= 1, heads >= ownHeads, heads % ownHeads == 0, softCap >= 0, softCap.isFinite,
            window == -1 || window >= 1, (-1...1).contains(smooth), outputCount <= 3, scale?.isFinite ?? true
        else {
            throw GraphError("num_heads must be a multiple of kv_num_heads, softcap and window not negative")
        }
        rotation = try HeadRotation(isInterleaved ? ["interleaved": .integer(1)] : [:])
    }

    var attributes: Attributes {
        var result: Attributes = ["num_heads": .integer(heads), "kv_num_heads": .integer(ownHeads)]
        if let scale { result["scale"] = .float(scale) }
        if softCap != 0 { result["softcap"] = .float(softCap) }
        if window != -1 { result["local_window_size"] = .integer(window) }
        if isRotated { result["do_rotary"] = .integer(1) }
        if isInterleaved { result["rotary_interleaved"] = .integer(1) }
        if isSmooth { result["smooth_softmax"] = .integer(1) }
        return result
    }

    /// Checks the shapes of queries, keys, values and caches, and returns the length of a head.
    private func length(_ shapes: [[Int]?]) throws(GraphError) -> Int {
        guard let query = shapes[0], query.count == 3 else {
            throw GraphError("the queries must have 3 axes")
        }
        let isPacked = shapes[1] == nil
        let total = isPacked ? heads + 2 * ownHeads : heads
        guard query[2] > 0, query[2] % total == 0 else {
            throw GraphError("\(query[2]) channels do not split into \(total) heads")
        }
        let length = query[2] / total
        let own = [query[0], query[1], ownHeads * length]
        guard isPacked ? shapes[2] == nil : shapes[1] == own && shapes[2] == own else {
            throw GraphError("keys and values do not fit queries of \(query): \(shapes[1...2])")
        }
        if let past = shapes[3] ?? shapes[4] {
            guard past.count == 4, past == [query[0], ownHeads, past[2], length], shapes[3] == shapes[4]
            else {
                throw GraphError("caches do not fit: \(shapes[3...4])")
            }
        }
        return length
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let query = try inputs.type(0)
        try ElementDomain.real.require(query.element)
        for index in [1, 2, 3, 4, 7, 8, 10, 11] {
            try inputs.optionalType(index)?.requireElement(query.element, "input \(index)")
        }
        let length = try length((0..<5).map { inputs.optionalType($0)?.shape })
        try inputs.type(5).requireShape([query.shape[0]], "the lengths")
        guard try inputs.type(6).count == 1 else { throw GraphError("the greatest length must be a scalar") }
        if let places = inputs.optionalType(9) { try IndexTensors.require(places, "the positions") }
        if isRotated {
            for index in [7, 8] { try inputs.type(index).requireRank(2...2, "input \(index)") }
        }
        let output = try TensorType.output(query.element, [query.shape[0], query.shape[1], heads * length])
        guard outputCount > 1 else { return [output] }
        let whole = try inputs.integers(6)
        guard whole.count == 1, whole[0] >= query.shape[1] else {
            throw GraphError("the greatest length \(whole) does not hold \(query.shape[1]) positions")
        }
        let room = max(inputs.optionalType(3)?.shape[2] ?? 0, whole[0])
        try Checked.requireMade([query.shape[0], ownHeads, room, length])
        let cache = try TensorType.output(query.element, [query.shape[0], ownHeads, room, length])
        return Array([output, cache, cache].prefix(outputCount))
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let query = try inputs.required(0)
        let length = try length((0..<5).map { inputs.optional($0)?.shape })
        let (batch, positions) = (query.shape[0], query.shape[1])
        let whole = try inputs.required(6).scalar()
        let lengths = try inputs.required(5).integers()
        guard let room = Int(exactly: whole).map({ max($0, inputs.optional(3)?.shape[2] ?? 0) }),
            room >= positions, lengths.count == batch,
            lengths.allSatisfy({ $0 >= 0 && $0 < room })
        else { throw GraphError("lengths \(lengths) do not fit \(positions) of \(whole) positions") }
        try Checked.requireMade([batch, heads, room, max(length, positions)])
        // A prompt starts at 0, however many of its positions count.
        let starts = lengths.map { whole == Double(positions) ? 0 : max($0 + 1 - positions, 0) }
        var parts = try split(inputs, length)
        if isRotated {
            let places =
                try inputs.optional(9).flatMap { $0.shape == [batch, positions] ? $0 : nil }
                ?? Tensor(
                    starts.flatMap { start in (0..<positions).map { start + $0 } }, shape: [batch, positions]
                ).moved(to: query.device)
            let tables = try [7, 8].map { try HeadRotation.rows(of: inputs.required($0), at: places) }
            for index in 0..<2 {
                parts[index] = try rotation.rotated(parts[index], cosines: tables[0], sines: tables[1])
            }
        }
        let key = try cache(inputs.optional(3), parts[1], starts: starts, room: room)
        let value = try cache(inputs.optional(4), parts[2], starts: starts, room: room)
        let seen = min(room, Int(whole))
        var addends = [try mask(starts, positions: positions, columns: seen, on: query.device)]
        if let addend = inputs.optional(10) { addends.append(addend) }
        var sink: Tensor?
        if let own = inputs.optional(11) {
            sink = try own.reshaped([heads, 1, 1])
        } else if isSmooth {
            sink = try Tensor(repeating: 0, shape: [1, 1, 1], device: query.device)
        }
        let factor = scale.map { Double($0) } ?? 1 / Double(length).squareRoot()
        let mixed = try HeadAttention(
            query: parts[0], key: key.sliced(axis: 2, 0..<seen), value: value.sliced(axis: 2, 0..<seen),
            scale: factor, addends: addends, softCap: Double(softCap), sink: sink
        ).mixed()
        return try Array([HeadAttention.joined(mixed), key, value].prefix(outputCount))
    }

    /// Returns queries, keys and values with an axis of heads.
    private func split(_ inputs: [Tensor?], _ length: Int) throws -> [Tensor] {
        let query = try inputs.required(0)
        guard inputs.optional(1) == nil else {
            return try [heads, ownHeads, ownHeads].enumerated().map {
                try HeadAttention.split(inputs.required($0.offset), heads: $0.element)
            }
        }
        let ends = [0, heads * length, (heads + ownHeads) * length, (heads + 2 * ownHeads) * length]
        return try [heads, ownHeads, ownHeads].enumerated().map {
            try HeadAttention.split(
                query.sliced(axis: 2, ends[$0.offset]..<ends[$0.offset + 1]), heads: $0.element)
        }
    }

    /// Returns the cache with new keys or values [n, own heads, positions, length], written from a given
    /// position for each sample.
    private func cache(_ past: Tensor?, _ new: Tensor, starts: [Int], room: Int) throws -> Tensor {
        let shape = new.shape
        let empty = room - (past?.shape[2] ?? 0)
        let none = (before: 0, after: 0)
        let base =
            try past?.padded([none, none, (0, empty), none])
            ?? Tensor(
                repeating: 0, shape: [shape[0], shape[1], room, shape[3]], type: new.type, device: new.device)
        let places = starts.flatMap { start in (0..<shape[2]).map { start + $0 } }
        guard places.allSatisfy({ $0 < room }) else { throw GraphError("the cache is too short") }
        let indices = try Tensor(places, shape: [shape[0], 1, shape[2], 1]).moved(to: new.device)
            .expanded(to: shape)
        return try base.scattering(new, axis: 2, indices)
    }

    /// Returns the mask that hides later positions, and those before the window.
    private func mask(_ starts: [Int], positions: Int, columns: Int, on device: Device) throws -> Tensor {
        let rows = try Tensor(
            starts.flatMap { start in (0..<positions).map { start + $0 } },
            shape: [starts.count, 1, positions, 1])
        let places = try Tensor(Array(0..<columns), shape: [1, 1, 1, columns])
        var sees = try places.combined(.lessOrEqual, rows)
        if window > 0 {
            let first = try rows.subtracting(Tensor([min(window, columns)], shape: []))
            sees = try sees.combined(.and, places.combined(.greater, first))
        }
        return try sees.choosing(
            Tensor(repeating: 0, shape: []),
            Tensor(repeating: -Double(Float.greatestFiniteMagnitude), shape: [])
        ).moved(to: device)
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let query = inputs.optionalType(0)?.shape,
            let length = try? length((0..<5).map { inputs.optionalType($0)?.shape })
        else { return OperatorCost() }
        let keys = outputs.count > 1 ? outputs[1].shape[2] : query[1]
        return OperatorCost(
            multiplyAccumulates: Checked.saturatingProduct([query[0], heads, query[1], keys, 2 * length]))
    }
}
