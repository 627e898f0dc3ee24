internal import Graph
internal import Torch

/// Rotation of pairs within every head by angles that depend on the position.
///
/// (a, b) becomes (a cos - b sin, a sin + b cos). The inputs are x [n, heads, positions, length] or [n, positions, heads length],
/// the cosines and sines [positions, half] with positions [n, positions] as the fourth input, or [n, positions, half] without.
struct RotaryEmbedding: Operator {
    static let type = "RotaryEmbedding"

    private let rotation: HeadRotation

    init(attributes: Attributes, signature: OperatorSignature) throws {
        rotation = try HeadRotation(attributes)
    }

    private init(_ rotation: HeadRotation) { self.rotation = rotation }

    var attributes: Attributes { rotation.attributes }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        let shape = try rotation.split(input.shape)
        let half = try rotation.half(shape)
        for index in 1...2 {
            let table = try inputs.type(index)
            try table.requireElement(input.element, "input \(index)")
            if inputs.optionalType(3) == nil {
                try table.requireShape([shape[0], shape[1], half], "input \(index)")
            } else {
                try table.requireRank(2...2, "input \(index)")
                try table.requireShape([table.shape[0], half], "input \(index)")
            }
        }
        if let positions = inputs.optionalType(3) {
            try IndexTensors.require(positions, "the positions")
            try positions.requireShape(Array(shape[..<2]), "the positions")
        }
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let tables = try [1, 2].map { index -> Tensor in
            let table = try inputs.required(index)
            guard let positions = inputs.optional(3) else { return table }
            return try HeadRotation.rows(of: table, at: positions)
        }
        return [try rotation.rotated(input, cosines: tables[0], sines: tables[1])]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let rank = try inputs.type(0).rank
        // Tables of angles are frozen, and so is their batch.
        return rotation.links(rank: rank, shape: try rotation.split(inputs.type(0).shape))
    }

    func resized(_ change: AxisChange) throws -> RotaryEmbedding {
        RotaryEmbedding(try rotation.resized(change))
    }
}

/// The rotation of the pairs within heads: the first half of a head with the second, or neighbours.
struct HeadRotation: Sendable {
    private let isInterleaved: Bool
    private let heads: Int
    private let rotated: Int

    init(_ attributes: Attributes) throws(GraphError) {
        isInterleaved = try attributes.flag("interleaved")
        heads = try attributes.integer("num_heads", default: 0)
        rotated = try attributes.integer("rotary_embedding_dim", default: 0)
        guard heads >= 0, rotated >= 0, rotated % 2 == 0 else {
            throw GraphError("num_heads must not be negative, rotary_embedding_dim even")
        }
    }

    private init(_ other: HeadRotation, heads: Int) {
        (isInterleaved, rotated) = (other.isInterleaved, other.rotated)
        self.heads = heads
    }

    /// What differs from the defaults.
    var attributes: Attributes {
        var result: Attributes = [:]
        if isInterleaved { result["interleaved"] = .integer(1) }
        if heads != 0 { result["num_heads"] = .integer(heads) }
        if rotated != 0 { result["rotary_embedding_dim"] = .integer(rotated) }
        return result
    }

    /// Returns a shape as [n, positions, heads, length].
    ///
    /// - Parameter length: The length of a head, if the number of heads does not determine it.
    func split(_ shape: [Int], length: Int? = nil) throws(GraphError) -> [Int] {
        if shape.count == 4 { return [shape[0], shape[2], shape[1], shape[3]] }
        guard shape.count == 3 else { throw GraphError("needs 3 or 4 axes, got shape \(shape)") }
        let count = heads > 0 ? heads : length.map { shape[2] / max($0, 1) } ?? 0
        guard count > 0, shape[2] % count == 0 else {
            throw GraphError("attribute num_heads is needed for shape \(shape), and must divide it")
        }
        return [shape[0], shape[1], count, shape[2] / count]
    }

    /// Returns how many pairs of a head are rotated.
    func half(_ split: [Int]) throws(GraphError) -> Int {
        let count = rotated == 0 ? split[3] : rotated
        guard count <= split[3], count % 2 == 0 else {
            throw GraphError("cannot rotate \(count) of heads of length \(split[3])")
        }
        return count / 2
    }

    /// Returns the rows [n, positions, half] of a table at positions [n, positions].
    static func rows(of table: Tensor, at positions: Tensor) throws -> Tensor {
        let flat = try positions.converted(to: .int64).reshaped([-1])
        return try table.selecting(axis: 0, at: flat).reshaped(positions.shape + [table.shape[1]])
    }

    /// Returns heads rotated by angles whose cosines and sines are [n, positions, half], or broadcast to
    /// that.
    func rotated(_ input: Tensor, cosines: Tensor, sines: Tensor, length: Int? = nil) throws -> Tensor {
        let split = try split(input.shape, length: length)
        let half = try half(split)
        let isSplit = input.rank == 4
        let heads = try isSplit ? input.permuted([0, 2, 1, 3]) : input.reshaped(split)
        func column(_ table: Tensor) throws -> Tensor {
            try table.reshaped(table.shape.dropLast() + [1, half])
        }
        let (cosine, sine) = (try column(cosines), try column(sines))
        let turned = try heads.sliced(axis: 3, 0..<(2 * half))
        let first: Tensor
        let second: Tensor
        if isInterleaved {
            first = try turned.sliced(axis: 3, 0..<(2 * half), step: 2)
            second = try turned.sliced(axis: 3, min(1, 2 * half)..<(2 * half), step: 2)
        } else {
            first = try turned.sliced(axis: 3, 0..<half)
            second = try turned.sliced(axis: 3, half..<(2 * half))
        }
        let real = try first.multiplied(by: cosine).subtracting(second.multiplied(by: sine))
        let imaginary = try first.multiplied(by: sine).adding(second.multiplied(by: cosine))
        let pairs: Tensor
        if isInterleaved {
            let shape = real.shape + [1]
            pairs = try Tensor.concatenated([real.reshaped(shape), imaginary.reshaped(shape)], axis: 4)
                .reshaped(turned.shape)
        } else {
            pairs = try Tensor.concatenated([real, imaginary], axis: 3)
        }
        let rest = try heads.sliced(axis: 3, (2 * half)..<split[3])
        let result = try Tensor.concatenated([pairs, rest], axis: 3)
        return try isSplit ? result.permuted([0, 2, 1, 3]) : result.reshaped(input.shape)
    }

    /// Links whole heads.
    func links(rank: Int, shape: [Int]) -> [AxisLink] {
        if rank == 4 { return [.same(.input(0, 1), .output(0, 1))] }
        let total = Checked.saturatingProduct([shape[2], shape[3]])
        guard total > 0, total <= AxisLink.maximumLanes else { return [] }
        return [
            .same(.input(0, 2), .output(0, 2)),
            AxisLink(
                .output(0, 2), .output(0, 2), lanes: (0..<total).map { ($0, $0 / shape[3] * shape[3]) }),
        ]
    }

    /// Returns the rotation for the remaining heads.
    func resized(_ change: AxisChange) throws -> HeadRotation {
        let shape = try change.inputs.type(0).shape
        guard heads > 0, shape.count == 3, let kept = change.keptLanes(.input(0, 2)) else { return self }
        return HeadRotation(self, heads: kept.count / (shape[2] / heads))
    }
}
