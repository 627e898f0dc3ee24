internal import Graph
internal import Torch

/// The matrix product of 8-bit integers less their zero points, as 32-bit integers.
///
/// The left zero point is a scalar, one per row [m], or [..., m, 1]; the right one a scalar, one per column [n], or [..., 1, n].
struct MatMulInteger: Operator {
    static let type = "MatMulInteger"
    private static let part = NodePart([0, 1], element: .float32)

    private let product: MatMul

    init(attributes: Attributes, signature: OperatorSignature) throws {
        product = try MatMul(attributes: attributes, signature: signature)
    }

    var attributes: Attributes { [:] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        try QuantisedProduct.check(inputs, input: 0, parameters: [2], isLeft: true)
        try QuantisedProduct.check(inputs, input: 1, parameters: [3], isLeft: false)
        return try product.inferredTypes(Self.part.operatorInputs(inputs)).map {
            try .output(.int32, $0.shape)
        }
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [
            try QuantisedProduct.product(
                inputs.required(0), inputs.optional(2), inputs.required(1), inputs.optional(3)
            ).converted(to: .int32)
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try Self.part.links(product.axisLinks(Self.part.operatorInputs(inputs), outputs: outputs))
            + QuantisedProduct.links(inputs, input: 0, parameters: [2], isLeft: true)
            + QuantisedProduct.links(inputs, input: 1, parameters: [3], isLeft: false)
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        product.cost(Self.part.operatorInputs(inputs), outputs: outputs)
    }
}

/// The matrix product of quantised tensors on the output's grid.
///
/// y = clamp(round((a - a zero)(b - b zero) a scale b scale / y scale) + y zero). The inputs are a, its scale
/// and zero point, b and its, and the output's; scales and zero points apply like the zero points of
/// `MatMulInteger`.
struct QLinearMatMul: Operator {
    static let type = "QLinearMatMul"
    private static let part = NodePart([0, 3], element: .float32)

    private let product: MatMul

    init(attributes: Attributes, signature: OperatorSignature) throws {
        product = try MatMul(attributes: attributes, signature: signature)
    }

    var attributes: Attributes { [:] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        try QuantisedProduct.check(inputs, input: 0, parameters: [1, 2], isLeft: true)
        try QuantisedProduct.check(inputs, input: 3, parameters: [4, 5], isLeft: false)
        let zero = try inputs.type(7)
        try IntegerProducts.require(zero, "the output's zero point")
        guard zero.count == 1, try inputs.type(6).count == 1 else {
            throw GraphError("the output's scale and zero point must be scalars")
        }
        return try product.inferredTypes(Self.part.operatorInputs(inputs)).map {
            try .output(zero.element, $0.shape)
        }
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (left, right) = (try inputs.required(0), try inputs.required(3))
        return [
            try IntegerProducts.rescaled(
                QuantisedProduct.product(left, inputs.optional(2), right, inputs.optional(5)),
                left: QuantisedProduct.spread(inputs.required(1), of: left, isLeft: true),
                right: QuantisedProduct.spread(inputs.required(4), of: right, isLeft: false),
                output: inputs.required(6).reshaped([]), zero: inputs.required(7).reshaped([]))
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try Self.part.links(product.axisLinks(Self.part.operatorInputs(inputs), outputs: outputs))
            + QuantisedProduct.links(inputs, input: 0, parameters: [1, 2], isLeft: true)
            + QuantisedProduct.links(inputs, input: 3, parameters: [4, 5], isLeft: false)
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        product.cost(Self.part.operatorInputs(inputs), outputs: outputs)
    }
}

/// The common part of quantised matrix products.
enum QuantisedProduct {
    static func check(_ inputs: OperatorInputs, input: Int, parameters: [Int], isLeft: Bool) throws {
        let type = try inputs.type(input)
        try IntegerProducts.require(type, "input \(input)")
        for index in parameters {
            guard let parameter = inputs.optionalType(index) else { continue }
            if !parameter.element.isFloatingPoint {
                try parameter.requireElement(type.element, "input \(index)")
            }
            guard parameter.count != 1 else { continue }
            let shape = aligned(parameter.shape, of: type.shape, isLeft: isLeft)
            // One number may not serve several terms of a sum.
            guard type.rank >= 2, shape.count >= 2,
                try Broadcasting.shape([shape, type.shape]) == type.shape,
                shape[shape.count - (isLeft ? 1 : 2)] == 1
            else {
                throw GraphError("input \(index) of shape \(parameter.shape) does not fit \(type.shape)")
            }
        }
    }

    /// Returns the shape in which a parameter broadcasts to its matrix.
    private static func aligned(_ parameter: [Int], of matrix: [Int], isLeft: Bool) -> [Int] {
        parameter.count == 1 ? (isLeft ? parameter + [1] : [1] + parameter) : parameter
    }

    static func spread(_ parameter: Tensor, of matrix: Tensor, isLeft: Bool) throws -> Tensor {
        guard parameter.count != 1 else { return try parameter.reshaped([]) }
        return try parameter.reshaped(aligned(parameter.shape, of: matrix.shape, isLeft: isLeft))
    }

    /// Returns the exact product of both, less their zero points.
    static func product(
        _ left: Tensor, _ leftZero: Tensor?, _ right: Tensor, _ rightZero: Tensor?
    ) throws -> Tensor {
        let type = IntegerProducts.type(terms: left.shape.last ?? 1)
        return try left.centred(zero: leftZero.map { try spread($0, of: left, isLeft: true) }, as: type)
            .matrixMultiplied(
                by: right.centred(zero: rightZero.map { try spread($0, of: right, isLeft: false) }, as: type))
    }

    static func links(
        _ inputs: OperatorInputs, input: Int, parameters: [Int], isLeft: Bool
    ) throws -> [AxisLink] {
        let matrix = try inputs.type(input).shape
        return parameters.flatMap { index -> [AxisLink] in
            guard let parameter = inputs.optionalType(index), parameter.count != 1 else { return [] }
            let shape = aligned(parameter.shape, of: matrix, isLeft: isLeft)
            let offset = matrix.count - shape.count
            return shape.indices.compactMap { axis in
                // The axis that the alignment adds to a vector is not its own.
                let own = parameter.rank == 1 ? (axis == (isLeft ? 0 : 1) ? 0 : nil) : axis
                guard let own, shape[axis] == matrix[axis + offset] else { return nil }
                return AxisLink(.input(index, own), .input(input, axis + offset), role: .perChannel)
            }
        }
    }
}
