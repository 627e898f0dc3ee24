internal import Graph
internal import Torch

/// An operator that combines one or more tensors element by element, with NumPy's broadcasting.
protocol VariadicOperator: Operator {
    /// The role of a parameter among the operands.
    static var role: MemberRole? { get }

    /// The kinds of elements that the function takes.
    static var elements: ElementDomain { get }

    init()

    /// Combines the operands so far with the next one.
    static func combine(_ left: Tensor, _ right: Tensor) throws -> Tensor

    /// Turns the combination of all operands into the result.
    static func finish(_ result: Tensor, count: Int) throws -> Tensor
}

extension VariadicOperator {
    static var elements: ElementDomain { .number }

    static func finish(_ result: Tensor, count: Int) throws -> Tensor { result }

    init(attributes: Attributes, signature: OperatorSignature) throws {
        guard signature.inputCount >= 1 else { throw GraphError("needs at least 1 input") }
        self.init()
    }

    var attributes: Attributes { [:] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let element = try inputs.type(0).element
        try Self.elements.require(element)
        let shapes = try (0..<inputs.count).map { index in
            try inputs.type(index).requireElement(element, "input \(index)")
            return try inputs.type(index).shape
        }
        return [try .output(element, Broadcasting.shape(shapes))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let first = try inputs.required(0)
        let result = try inputs.indices.dropFirst().reduce(first) {
            try Self.combine($0, inputs.required($1))
        }
        return [try Self.finish(result, count: inputs.count)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        guard let output = outputs.first?.shape else { return [] }
        return try (0..<inputs.count).flatMap {
            Broadcasting.links(input: $0, try inputs.type($0).shape, output: output, role: Self.role)
        }
    }
}
