internal import Graph
internal import Torch

/// The lengths of an attention's queries, keys and values, [n, heads, positions, length] or [n, positions, heads length].
struct AttentionHeads: Sendable {
    let batch: Int
    /// The heads of the queries.
    let queryHeads: Int
    /// The heads of the keys and values.
    let keyHeads: Int
    /// The positions of the queries.
    let queries: Int
    /// The positions of the keys and values.
    let keys: Int
    /// The positions of keys and values of the past.
    let pastKeys: Int
    /// The length of a query or key.
    let length: Int
    /// The length of a value.
    let valueLength: Int
    /// Whether heads are an axis of their own.
    let isSplit: Bool

    /// How many heads of queries one head of keys serves.
    var sharing: Int { queryHeads / keyHeads }

    /// Finds the lengths.
    ///
    /// - Parameter heads: The numbers of heads of queries and keys, required for inputs with three axes.
    init(
        query: [Int], key: [Int], value: [Int], pastKey: [Int]? = nil, pastValue: [Int]? = nil,
        heads: (query: Int, key: Int)?
    ) throws(GraphError) {
        let isSplit = query.count == 4
        guard (3...4).contains(query.count), key.count == query.count, value.count == query.count else {
            throw GraphError("queries \(query), keys \(key) and values \(value) must have 3 or 4 axes")
        }
        guard isSplit || heads != nil else {
            throw GraphError("attributes q_num_heads and kv_num_heads are needed for shape \(query)")
        }
        func split(_ shape: [Int], _ heads: Int) throws(GraphError) -> [Int] {
            if isSplit { return shape }
            guard heads >= 1, shape[2] % heads == 0 else {
                throw GraphError("\(shape[2]) channels do not split into \(heads) heads")
            }
            return [shape[0], heads, shape[1], shape[2] / heads]
        }
        let (query, key, value) = (
            try split(query, heads?.query ?? 1), try split(key, heads?.key ?? 1),
            try split(value, heads?.key ?? 1)
        )
        guard query[0] == key[0], key.prefix(3) == value.prefix(3), query[3] == key[3], key[1] >= 1,
            query[1] % key[1] == 0
        else {
            throw GraphError("queries \(query), keys \(key) and values \(value) do not fit")
        }
        batch = query[0]
        (queryHeads, keyHeads) = (query[1], key[1])
        (queries, keys) = (query[2], key[2])
        (length, valueLength) = (query[3], value[3])
        self.isSplit = isSplit
        pastKeys = pastKey.map { $0.count == 4 ? $0[2] : -1 } ?? 0
        let past = pastKey == nil ? nil : [key[0], key[1], pastKeys]
        guard pastKeys >= 0, pastKey == past.map({ $0 + [key[3]] }),
            pastValue == past.map({ $0 + [value[3]] })
        else {
            throw GraphError(
                "keys \(pastKey ?? []) and values \(pastValue ?? []) of the past do not fit keys \(key) and values \(value)"
            )
        }
        _ = try Checked.sum(keys, pastKeys)
    }

    /// The positions of all keys and values. Their sum was checked.
    var allKeys: Int { pastKeys + keys }

    /// The shape of the scores.
    var scores: [Int] { [batch, queryHeads, queries, allKeys] }

    /// The shape of the output.
    func output() throws(GraphError) -> [Int] {
        isSplit
            ? [batch, queryHeads, queries, valueLength]
            : [batch, queries, try Checked.product([queryHeads, valueLength])]
    }

    /// Returns a tensor with heads as its second axis.
    func split(_ tensor: Tensor, heads: Int, length: Int) throws -> Tensor {
        guard !isSplit else { return tensor }
        return try tensor.reshaped([batch, tensor.shape[1], heads, length]).permuted([0, 2, 1, 3])
    }

    /// Returns keys or values, repeated to one head for each of the queries'.
    func shared(_ tensor: Tensor, length: Int) throws -> Tensor {
        guard sharing > 1 else { return tensor }
        return try tensor.reshaped([batch, keyHeads, 1, allKeys, length])
            .expanded(to: [batch, keyHeads, sharing, allKeys, length])
            .reshaped([batch, queryHeads, allKeys, length])
    }

    /// Links heads and, if they are an axis of their own, the lanes within them.
    func links() throws(GraphError) -> [AxisLink] {
        guard isSplit else { return try joinedLinks() }
        var links = [
            AxisLink(.input(0, 3), .input(1, 3), role: .consumer),
            AxisLink(.input(1, 3), .input(0, 3), role: .consumer),
            .same(.input(2, 3), .output(0, 3)), .same(.input(0, 1), .output(0, 1)),
        ]
        links += [1, 2].compactMap {
            .repeated(.output(0, 1), .input($0, 1), count: keyHeads, times: sharing)
        }
        return links
    }

    /// Links the channels of joined heads: a head of keys is removed with all of its queries, values and
    /// outputs.
    private func joinedLinks() throws(GraphError) -> [AxisLink] {
        let sides = [
            (AxisReference.input(0, 2), queryHeads, length, sharing), (.input(1, 2), keyHeads, length, 1),
            (.input(2, 2), keyHeads, valueLength, 1), (.output(0, 2), queryHeads, valueLength, sharing),
        ]
        // One lane of a head's values stands for the head.
        return sides.compactMap { axis, heads, length, sharing in
            let total = Checked.saturatingProduct([heads, length])
            guard total <= AxisLink.maximumLanes, length > 0, valueLength > 0 else { return nil }
            let lanes = (0..<total).map { (first: $0, second: $0 / length / sharing * valueLength) }
            return AxisLink(axis, .input(2, 2), lanes: lanes)
        }
    }
}
