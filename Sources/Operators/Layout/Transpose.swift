internal import Graph
internal import Torch

/// The axes in another order, by default reversed: output axis i is input axis perm[i].
struct Transpose: Operator {
    static let type = "Transpose"

    private let permutation: [Int]?

    init(attributes: Attributes, signature: OperatorSignature) throws {
        permutation = try attributes.integers("perm")
        if let permutation, permutation.sorted() != Array(permutation.indices) {
            throw GraphError("attribute perm must be a permutation, got \(permutation)")
        }
    }

    var attributes: Attributes { permutation.map { ["perm": .integers($0)] } ?? [:] }

    private func order(rank: Int) throws(GraphError) -> [Int] {
        guard let permutation else { return (0..<rank).reversed() }
        guard permutation.count == rank else {
            throw GraphError("attribute perm has \(permutation.count) entries for \(rank) axes")
        }
        return permutation
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        return [try .output(input.element, order(rank: input.rank).map { input.shape[$0] })]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        return [try input.permuted(order(rank: input.rank))]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try order(rank: inputs.type(0).rank).enumerated().map {
            .same(.input(0, $0.element), .output(0, $0.offset))
        }
    }
}
