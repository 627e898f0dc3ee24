internal import Graph
internal import Torch

/// alpha A B, the last two axes of either matrix optionally transposed.
struct FusedMatMul: Operator {
    static let type = "FusedMatMul"
    static let domain = Microsoft.domain

    private let alpha: Float
    private let transposes: [Bool]
    private let product: MatMul

    init(attributes: Attributes, signature: OperatorSignature) throws {
        alpha = try attributes.float("alpha", default: 1)
        transposes = [try attributes.flag("transA"), try attributes.flag("transB")]
        guard try !attributes.flag("transBatchA"), try !attributes.flag("transBatchB") else {
            throw GraphError("attributes transBatchA and transBatchB are not supported")
        }
        product = try MatMul(attributes: [:], signature: signature)
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if alpha != 1 { result["alpha"] = .float(alpha) }
        if transposes[0] { result["transA"] = .integer(1) }
        if transposes[1] { result["transB"] = .integer(1) }
        return result
    }

    /// The place of an input's axis in the product.
    private func axis(_ axis: Int, of input: Int, rank: Int) -> Int {
        guard transposes[input], rank >= 2, axis >= rank - 2 else { return axis }
        return 2 * rank - 3 - axis
    }

    private func part(_ inputs: OperatorInputs) throws -> OperatorInputs {
        OperatorInputs(
            types: try (0..<2).map { index in
                let type = try inputs.type(index)
                let order = type.shape.indices.map { axis($0, of: index, rank: type.rank) }
                return TensorType(type.element, order.map { type.shape[$0] })
            })
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        try ElementDomain.real.require(inputs.type(0).element)
        return try product.inferredTypes(part(inputs))
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let matrices = try (0..<2).map { index -> Tensor in
            let matrix = try inputs.required(index)
            guard transposes[index], matrix.rank >= 2 else { return matrix }
            return try matrix.permuted((0..<matrix.rank).map { axis($0, of: index, rank: matrix.rank) })
        }
        let result = try matrices[0].matrixMultiplied(by: matrices[1])
        return [alpha == 1 ? result : try result.applying(.multiplied(Double(alpha)))]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let ranks = try (0..<2).map { try inputs.type($0).rank }
        func moved(_ reference: AxisReference) -> AxisReference {
            guard case .input(let index) = reference.slot else { return reference }
            return .input(index, axis(reference.axis, of: index, rank: ranks[index]))
        }
        return try product.axisLinks(part(inputs), outputs: outputs).map {
            AxisLink(moved($0.first), moved($0.second), role: $0.role, lanes: $0.lanes)
        }
    }

    func linearLayer(_ inputs: OperatorInputs) throws -> LinearLayer? {
        guard alpha == 1, !transposes[0], let weight = inputs.constant(1), weight.rank == 2,
            inputs.constant(0) == nil, let rank = inputs.optionalType(0)?.rank, rank >= 2
        else { return nil }
        return LinearLayer(biasInput: nil, weightOutputAxis: transposes[1] ? 0 : 1, outputAxis: rank - 1)
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let part = try? part(inputs) else { return OperatorCost() }
        return product.cost(part, outputs: outputs)
    }
}
