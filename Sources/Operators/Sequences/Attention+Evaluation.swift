internal import Graph
internal import Torch

extension Attention {
    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (query, key, value) = (try inputs.required(0), try inputs.required(1), try inputs.required(2))
        let heads = try heads(OperatorInputs(types: inputs.map { $0?.tensorType }))
        func all(_ tensor: Tensor, _ past: Tensor?, length: Int) throws -> Tensor {
            let split = try heads.split(tensor, heads: heads.keyHeads, length: length)
            return try past.map { try .concatenated([$0, split], axis: 2) } ?? split
        }
        let keys = try all(key, inputs.optional(4), length: heads.length)
        let values = try all(value, inputs.optional(5), length: heads.valueLength)
        let factor = scale.map { Double($0) } ?? 1 / Double(max(heads.length, 1)).squareRoot()
        let raw = try heads.split(query, heads: heads.queryHeads, length: heads.length)
            .applying(.multiplied(factor))
            .matrixMultiplied(by: heads.shared(keys, length: heads.length).permuted([0, 1, 3, 2]))
        let capped =
            softCap == 0
            ? raw
            : try raw.applying(.multiplied(1 / Double(softCap))).applying(.hyperbolicTangent)
                .applying(.multiplied(Double(softCap)))
        let masked = try masked(capped, heads, mask: inputs.optional(3), counts: inputs.optional(6))
        let normalised = try normalised(masked)
        let mixed = try normalised.matrixMultiplied(by: heads.shared(values, length: heads.valueLength))
        let output = heads.isSplit ? mixed : try mixed.permuted([0, 2, 1, 3]).reshaped(heads.output())
        let scores = [raw, capped, masked, normalised][shownScores.rawValue]
        return Array([output, keys, values, scores].prefix(outputCount))
    }

    /// Replaces the scores of keys that a query does not see by -inf, and adds the mask's terms.
    private func masked(
        _ scores: Tensor, _ heads: AttentionHeads, mask: Tensor?, counts: Tensor?
    ) throws -> Tensor {
        let never = try Tensor(repeating: -.infinity, shape: [], type: scores.type, device: scores.device)
        var scores = scores
        if let mask {
            let missing = (filledMask(mask.shape, heads).last ?? 0) - (mask.shape.last ?? 0)
            var filled = mask
            if missing > 0 {
                let rest = try Tensor(
                    repeating: mask.type == .bool ? 0 : -.infinity, shape: mask.shape.dropLast() + [missing],
                    type: mask.type, device: mask.device)
                filled = try .concatenated([mask, rest], axis: mask.rank - 1)
            }
            scores = try filled.type == .bool ? filled.choosing(scores, never) : scores.adding(filled)
        }
        func numbers(_ values: [Int], _ shape: [Int]) throws -> Tensor {
            try Tensor(values, shape: shape).moved(to: scores.device)
        }
        let keys = try numbers(Array(0..<heads.allKeys), [1, 1, 1, heads.allKeys])
        let ends = try counts?.converted(to: .int64).reshaped([heads.batch, 1, 1, 1])
        // The place of a query among the keys: after those of the past, or among the last visible ones.
        let first = try ends?.subtracting(numbers([heads.queries], [])) ?? numbers([heads.pastKeys], [])
        let distance = try numbers(Array(0..<heads.queries), [1, 1, heads.queries, 1])
            .adding(first).subtracting(keys)
        func hide(beyond limit: Int, _ relation: Tensor.BinaryFunction) throws {
            scores = try distance.combined(relation, numbers([limit], [])).choosing(scores, never)
        }
        if isCausal { try hide(beyond: 0, .greaterOrEqual) }
        if window.left >= 0 { try hide(beyond: window.left, .lessOrEqual) }
        if window.right >= 0 { try hide(beyond: -window.right, .greaterOrEqual) }
        if let ends { scores = try keys.combined(.less, ends).choosing(scores, never) }
        return scores
    }

    /// Returns the softmax of the rows, and zeros for rows that are entirely hidden.
    private func normalised(_ scores: Tensor) throws -> Tensor {
        guard scores.count > 0 else { return scores }
        let fine = isDouble ? try scores.converted(to: .float64) : scores
        let never = try Tensor(repeating: -.infinity, shape: [], type: fine.type, device: fine.device)
        let zero = try Tensor(repeating: 0, shape: [], type: fine.type, device: fine.device)
        let isHidden = try fine.reduced(.maximum, axes: [3], keepingAxes: true).combined(.equal, never)
        return try isHidden.choosing(zero, fine.softmax(axis: 3)).converted(to: scores.type)
    }
}
