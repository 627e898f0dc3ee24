internal import Graph
internal import Torch

/// x [..., k], quantised to its own range, times a quantised weight [k, n], as floats: (x' - zero)(w - w zero) scales + bias.
///
/// The weight has one scale and zero point for all, or one per column; the range is that of the whole input.
struct DynamicQuantizeMatMul: Operator {
    static let type = "DynamicQuantizeMatMul"
    static let domain = Microsoft.domain
    private static let part = NodePart([0, 1], element: .float32)

    private let product: MatMul

    init(attributes: Attributes, signature: OperatorSignature) throws {
        product = try MatMul(attributes: attributes, signature: signature)
    }

    var attributes: Attributes { [:] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try input.requireElement(.float32, "the input")
        try QuantisedProduct.check(inputs, input: 1, parameters: [2, 3], isLeft: false)
        let types = try product.inferredTypes(Self.part.operatorInputs(inputs))
        if let bias = inputs.optionalType(4), let width = types.first?.shape.last {
            try bias.requireShape([width], "the bias")
        }
        return types
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let grid = try DynamicGrid(inputs.required(0))
        let weight = try inputs.required(1)
        let scale = try QuantisedProduct.spread(inputs.required(2), of: weight, isLeft: false)
        let result = try QuantisedProduct.product(grid.values, grid.zero, weight, inputs.optional(3))
            .converted(to: .float32).multiplied(by: scale.multiplied(by: grid.scale))
        return [try inputs.optional(4).map { try result.adding($0) } ?? result]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        // Removing channels changes the range; as for normalisations, links count that as the same function.
        var links = try Self.part.links(product.axisLinks(Self.part.operatorInputs(inputs), outputs: outputs))
        links += try QuantisedProduct.links(inputs, input: 1, parameters: [2, 3], isLeft: false)
        if inputs.optionalType(4) != nil, let output = outputs.first {
            links.append(AxisLink(.input(4, 0), .output(0, output.rank - 1), role: .bias))
        }
        return links
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        product.cost(Self.part.operatorInputs(inputs), outputs: outputs)
    }
}
