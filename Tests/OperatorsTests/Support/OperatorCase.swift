import Graph
import Operators
import Testing
import Torch

/// One operator with attributes and inputs.
struct OperatorCase: Sendable, CustomTestStringConvertible {
    let type: String
    let name: String
    var attributes: Attributes = [:]
    let inputs: [InputSpecification]
    var outputCount = 1
    var operatorSet = OperatorSignature.currentOperatorSet
    var domain = ""
    /// How many classes of lanes the operator leaves free, where the table says it.
    var freeClasses: Int?
    /// The axes of the first input over which statistics run: their lanes can go only where that leaves those alone.
    var statisticsAxes: [Int] = []
    /// The outputs that another implementation computes.
    var expected: [InputSpecification] = []

    var testDescription: String { "\(type), \(name)" }

    /// Whether quantised numbers may have zero points other than 0, so that a removed channel does not count as zeros.
    var hasZeroPoints: Bool {
        [
            "ConvInteger", "QLinearConv", "MatMulInteger", "QLinearMatMul", "QAttention",
            "DynamicQuantizeMatMul",
        ]
        .contains(type)
    }

    /// Makes the operator, or makes it again from other attributes.
    func makeOperator(_ attributes: Attributes? = nil) throws -> any Operator {
        try OperatorRegistry.make(
            type, domain: domain, attributes: attributes ?? self.attributes, inputCount: inputs.count,
            outputCount: outputCount, operatorSet: operatorSet)
    }

    /// Makes the inputs; the seed depends on their position alone.
    func tensors() throws -> [Tensor?] {
        try inputs.enumerated().map { try $0.element.tensor(seed: UInt64($0.offset) + 1) }
    }

    /// The operators whose first input must be a constant.
    private static let readsFirst = [
        "BlackmanWindow", "ConstantOfShape", "HammingWindow", "HannWindow", "MelWeightMatrix",
        "NonMaxSuppression", "NonZero", "Range", "Unique",
    ]

    /// What a graph would tell the operator: all inputs but the first, or all of them, are stored tensors.
    static func operatorInputs(_ tensors: [Tensor?], of op: any Operator) -> OperatorInputs {
        operatorInputs(types: tensors.map { $0?.tensorType }, tensors, of: op)
    }

    /// The same with other types.
    static func operatorInputs(
        types: [TensorType?], _ tensors: [Tensor?], of op: any Operator
    ) -> OperatorInputs {
        let hidesFirst = !readsFirst.contains(Swift.type(of: op).type)
        return OperatorInputs(
            types: types, constants: tensors.enumerated().map { hidesFirst && $0 == 0 ? nil : $1 })
    }

    /// Every case of the table and of the goldens.
    static let all = OperatorTable.rows + OperatorGoldens.cases
}

extension Operator {
    /// Evaluates outside of training.
    func outputs(_ inputs: [Tensor?]) throws -> [Tensor] {
        var context = EvaluationContext()
        return try evaluate(inputs, in: &context)
    }
}
