internal import Graph
internal import Torch

/// A long short-term memory, gates in the order input, output, forget, cell.
///
/// i, o, f = f(W x + R h + b), c' = f c + i g(W x + R h + b), h' = o h(c').
struct LSTM: Operator {
    static let type = "LSTM"

    private let layer: RecurrentLayer
    private static let states = 5..<7

    init(attributes: Attributes, signature: OperatorSignature) throws {
        layer = try RecurrentLayer(
            attributes, signature, gates: 4, defaults: [.sigmoid, .tanh, .tanh], maximumOutputs: 3)
        guard try attributes.integer("input_forget", default: 0) == 0 else {
            throw GraphError("attribute input_forget must be 0: coupled gates are not supported")
        }
    }

    private init(_ layer: RecurrentLayer) { self.layer = layer }

    var attributes: Attributes { layer.attributes }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        guard inputs.optionalType(7) == nil else { throw GraphError("peepholes are not supported") }
        return try layer.outputTypes(
            layer.lengths(inputs, states: Self.states), inputs.type(0).element)
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        try layer.run(inputs, states: Self.states) { cell, projected in
            let gates = try layer.clipped(
                projected.adding(cell.states[0].linear(weight: cell.recurrent, bias: cell.recurrentBias)))
            let input = try cell.activations[0].apply(to: cell.gate(0, of: gates))
            let output = try cell.activations[0].apply(to: cell.gate(1, of: gates))
            let forget = try cell.activations[0].apply(to: cell.gate(2, of: gates))
            let candidate = try cell.activations[1].apply(to: cell.gate(3, of: gates))
            let memory = try forget.multiplied(by: cell.states[1])
                .adding(input.multiplied(by: candidate))
            return [
                try output.multiplied(by: cell.activations[2].apply(to: layer.clipped(memory))), memory,
            ]
        }
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try layer.links(inputs, states: Self.states)
    }

    func resized(_ change: AxisChange) throws -> LSTM { LSTM(layer.resized(change)) }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        layer.cost(inputs, states: Self.states)
    }
}
