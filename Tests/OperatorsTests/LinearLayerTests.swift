import Graph
import Operators
import Testing
import Torch

/// An operator that says it is linear must be the product of its rows with its weight.
@Suite("Linear layers")
struct LinearLayerTests {
    struct Case: Sendable, CustomStringConvertible {
        let type: String
        let input: [Int]
        let weight: [Int]
        var attributes: Attributes = [:]
        var bias: Int?
        var description: String { "\(type) \(input) \(weight) \(attributes.names)" }
    }

    static let cases = [
        Case(type: "Conv", input: [2, 3, 5, 6], weight: [4, 3, 3, 2], bias: 4),
        Case(
            type: "Conv", input: [2, 3, 7, 6], weight: [4, 3, 3, 3],
            attributes: ["pads": .integers([1, 0, 2, 1]), "strides": .integers([2, 1])], bias: 4),
        Case(
            type: "Conv", input: [1, 2, 9, 9], weight: [3, 2, 3, 3],
            attributes: ["dilations": .integers([2, 3]), "auto_pad": .string("SAME_LOWER")]),
        Case(
            type: "Conv", input: [2, 2, 8], weight: [3, 2, 4], attributes: ["strides": .integers([3])],
            bias: 3),
        Case(type: "Conv", input: [1, 2, 4, 3, 4], weight: [3, 2, 2, 1, 3], bias: 3),
        Case(type: "Gemm", input: [4, 5], weight: [3, 5], attributes: ["transB": .integer(1)], bias: 3),
        Case(type: "Gemm", input: [4, 5], weight: [5, 3]),
        Case(type: "MatMul", input: [2, 4, 5], weight: [5, 3]),
    ]

    @Test("outputs are rows times the weight, plus the bias", arguments: cases)
    func product(_ layer: Case) throws {
        let op = try OperatorRegistry.make(
            layer.type, attributes: layer.attributes, inputCount: layer.bias == nil ? 2 : 3)
        let input = try Tensor(random: .normal, shape: layer.input, seed: 1)
        let weight = try Tensor(random: .normal, shape: layer.weight, seed: 2)
        let bias = try layer.bias.map { try Tensor(random: .normal, shape: [$0], seed: 3) }
        let types = [input.tensorType, weight.tensorType] + (bias.map { [$0.tensorType] } ?? [])
        let linear = try #require(
            try op.linearLayer(OperatorInputs(types: types, constants: [nil, weight, bias])))
        var context = EvaluationContext()
        let output = try #require(
            try op.evaluate([input, weight] + (bias.map { [$0] } ?? []), in: &context).first)
        let matrix = try linear.matrix(of: weight)
        var product = try linear.rows(input, nil).matrixMultiplied(by: matrix.permuted([1, 0]))
        if let bias { product = try product.adding(bias) }
        let expected = try linear.outputRows(output)
        let all = try linear.positionCount(input)
        #expect(all == expected.shape[0])
        let chosen = [all - 1, 0, all / 2, all / 2]
        #expect(
            try linear.rows(input, chosen).floats()
                == linear.rows(input, nil).selecting(axis: 0, chosen).floats())
        #expect(product.shape == expected.shape)
        for (a, b) in zip(try product.floats(), try expected.floats()) { #expect(abs(a - b) < 1e-4) }
        #expect(try linear.weight(from: matrix, shape: weight.shape).floats() == weight.floats())
    }

    @Test("grouped convolutions, scaled products and weights that are not stored are not linear layers")
    func others() throws {
        let input = try Tensor(random: .normal, shape: [1, 4, 5, 5], seed: 1)
        let weight = try Tensor(random: .normal, shape: [4, 2, 3, 3], seed: 2)
        let types = [input.tensorType, weight.tensorType]
        let grouped = try OperatorRegistry.make("Conv", attributes: ["group": .integer(2)], inputCount: 2)
        let layer = try grouped.linearLayer(OperatorInputs(types: types, constants: [nil, weight]))
        #expect(layer.map { $0.outputAxis } == nil)
        let matrices = [TensorType(.float32, [2, 3]), TensorType(.float32, [3, 4])]
        for (type, attributes) in [("MatMul", [:]), ("Gemm", [:]), ("Gemm", ["alpha": .float(2)])]
            as [(String, Attributes)]
        {
            let op = try OperatorRegistry.make(type, attributes: attributes, inputCount: 2)
            let layer = try op.linearLayer(OperatorInputs(types: matrices))
            #expect(layer.map { $0.outputAxis } == nil)
        }
    }
}
