internal import Graph
internal import Torch

/// softmax(scale q k + addends) v for every head, in at least single precision.
struct HeadAttention {
    /// The queries [n, heads, rows, length].
    let query: Tensor
    /// The keys [n, own heads, columns, length].
    let key: Tensor
    /// The values [n, own heads, columns, own length].
    let value: Tensor
    /// The factor on the scores.
    let scale: Double
    /// A term added to the scores; broadcasts to [n, heads, rows, columns].
    var addends: [Tensor] = []
    /// If not 0, scores s become cap tanh(s / cap).
    var softCap = 0.0
    /// Scores [heads, 1, 1] of a column without values.
    var sink: Tensor?

    /// Returns the mixed values [n, heads, rows, own length].
    func mixed() throws -> Tensor {
        let shape = query.shape
        let own = key.shape[1]
        guard own > 0, shape[1] % own == 0 else {
            throw GraphError("\(shape[1]) heads of queries do not share \(own) of keys")
        }
        // A head of keys serves several of queries.
        let groups = [shape[0], own, shape[1] / own]
        func shared(_ tensor: Tensor) throws -> Tensor {
            try tensor.inSinglePrecision().reshaped([shape[0], own, 1] + tensor.shape[2...])
        }
        let columns = key.shape[2]
        var scores = try query.inSinglePrecision().applying(.multiplied(scale))
            .reshaped(groups + [shape[2], shape[3]])
            .matrixMultiplied(by: shared(key).permuted([0, 1, 2, 4, 3]))
            .reshaped([shape[0], shape[1], shape[2], columns])
        if softCap != 0 {
            scores = try scores.applying(.multiplied(1 / softCap)).applying(.hyperbolicTangent)
                .applying(.multiplied(softCap))
        }
        for addend in addends { scores = try scores.adding(addend.converted(to: scores.type)) }
        if let sink {
            let column = try sink.converted(to: scores.type).expanded(to: [shape[0], shape[1], shape[2], 1])
            scores = try Tensor.concatenated([scores, column], axis: 3)
        }
        let shares = try scores.softmax(axis: 3).sliced(axis: 3, 0..<columns)
        return try shares.reshaped(groups + [shape[2], columns]).matrixMultiplied(by: shared(value))
            .reshaped([shape[0], shape[1], shape[2], value.shape[3]]).converted(to: query.type)
    }

    /// Returns the mask that hides columns after a row's own, which is the row's number plus the length of
    /// the past.
    static func causal(rows: Int, columns: Int, past: Int, on device: Device) throws -> Tensor {
        let sees = try Diagonals.compared(
            .lessOrEqual, rows: rows, columns: columns, diagonal: past, on: device)
        return try sees.choosing(
            Tensor(repeating: 0, shape: [], device: device),
            Tensor(repeating: -Double(Float.greatestFiniteMagnitude), shape: [], device: device))
    }

    /// Returns addends for a mask in ONNX Runtime's forms: the lengths [n], the ends and starts [2 n], or 1
    /// for visible columns in [n, columns] or [n, rows, columns].
    static func addends(mask: Tensor, batch: Int, rows: Int, columns: Int, filter: Double) throws -> Tensor {
        try check(mask: mask.shape, batch: batch, rows: rows, columns: columns)
        let places = try Tensor(Array(0..<columns), shape: [1, columns]).moved(to: mask.device)
        let wide = try mask.converted(to: .int64)
        let counts: Tensor
        switch mask.rank {
        case 1:
            let ends = try wide.sliced(axis: 0, 0..<batch).reshaped([batch, 1])
            var inside = try places.combined(.less, ends)
            if mask.shape[0] == 2 * batch {
                let starts = try wide.sliced(axis: 0, batch..<(2 * batch)).reshaped([batch, 1])
                inside = try inside.combined(.and, places.combined(.greaterOrEqual, starts))
            }
            counts = try inside.reshaped([batch, 1, 1, columns])
        default:
            let zero = try Tensor(repeating: 0, shape: [], type: .int64, device: mask.device)
            counts = try wide.combined(.greater, zero)
                .reshaped(mask.rank == 2 ? [batch, 1, 1, columns] : [batch, 1, rows, columns])
        }
        return try counts.choosing(
            Tensor(repeating: 0, shape: [], device: mask.device),
            Tensor(repeating: filter, shape: [], device: mask.device))
    }

    /// Throws if a mask has none of these forms.
    static func check(mask: [Int], batch: Int, rows: Int, columns: Int) throws(GraphError) {
        guard [[batch], [2 * batch], [batch, columns], [batch, rows, columns]].contains(mask) else {
            throw GraphError(
                "a mask of shape \(mask) is not supported for a batch of \(batch), \(rows) queries and \(columns) keys"
            )
        }
    }

    /// Returns [n, positions, heads length] as [n, heads, positions, length].
    static func split(_ tensor: Tensor, heads: Int) throws -> Tensor {
        let shape = tensor.shape
        return try tensor.reshaped([shape[0], shape[1], heads, shape[2] / heads]).permuted([0, 2, 1, 3])
    }

    /// Returns [n, heads, positions, length] as [n, positions, heads length].
    static func joined(_ tensor: Tensor) throws -> Tensor {
        let shape = tensor.shape
        return try tensor.permuted([0, 2, 1, 3]).reshaped([shape[0], shape[2], shape[1] * shape[3]])
    }
}

extension AxisLink {
    /// Links the lanes of whole heads: lane i with the first lane of its head on another axis.
    ///
    /// - Parameters:
    ///   - start: Where the heads begin on the first axis.
    ///   - length: The lanes of a head on the first axis.
    ///   - stride: The lanes of a head on the second axis.
    static func heads(
        _ first: AxisReference, from start: Int = 0, count: Int, length: Int, _ second: AxisReference,
        stride: Int, role: MemberRole? = nil
    ) -> AxisLink? {
        let total = Checked.saturatingProduct([count, length])
        guard total > 0, total <= maximumLanes else { return nil }
        return AxisLink(
            first, second, role: role, lanes: (0..<total).map { (start + $0, $0 / length * stride) })
    }
}
