internal import Graph
internal import Torch

/// A long short-term memory, gates in the order input, output, forget, cell.
///
/// i, o, f = f(W x + R h + b), c' = f c + i g(W x + R h + b), h' = o h(c'). With peepholes P, P c is added inside i and f, P c'
/// inside o; coupled gates have f = 1 - i.
struct LSTM: Operator {
    static let type = "LSTM"

    private let layer: RecurrentLayer
    private let couplesGates: Bool
    private static let states = 5..<7

    init(attributes: Attributes, signature: OperatorSignature) throws {
        layer = try RecurrentLayer(
            attributes, signature, gates: 4, defaults: [.sigmoid, .tanh, .tanh], maximumOutputs: 3)
        couplesGates = try attributes.integer("input_forget", default: 0) != 0
    }

    private init(_ other: LSTM, _ layer: RecurrentLayer) {
        self.layer = layer
        couplesGates = other.couplesGates
    }

    var attributes: Attributes {
        var result = layer.attributes
        if couplesGates { result["input_forget"] = .integer(1) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (lengths, element) = (try layer.lengths(inputs, states: Self.states), try inputs.type(0).element)
        if let peepholes = inputs.optionalType(7) {
            try peepholes.requireElement(element, "the peepholes")
            try peepholes.requireShape(
                [layer.directions, try Checked.product([3, lengths.hidden])], "the peepholes")
        }
        return try layer.outputTypes(lengths, element)
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        try run(inputs) { $0 }
    }

    /// Computes the outputs; `reading` transforms a state before each product.
    func run(_ inputs: [Tensor?], reading: (Tensor) throws -> Tensor) throws -> [Tensor] {
        try layer.run(inputs, states: Self.states) { cell, projected in
            let past = cell.states[1]
            let hidden = try reading(cell.states[0])
            let gates = try projected.adding(hidden.linear(weight: cell.recurrent, bias: cell.recurrentBias))
            func gate(_ index: Int, seeing memory: Tensor) throws -> Tensor {
                try cell.activations[0].apply(
                    to: layer.clipped(cell.gate(index, of: gates, seeing: memory)))
            }
            let input = try gate(0, seeing: past)
            let forget =
                couplesGates
                ? try input.applying(.multiplied(-1)).applying(.adding(1))
                : try gate(2, seeing: past)
            let candidate = try cell.activations[1].apply(to: layer.clipped(cell.gate(3, of: gates)))
            let memory = try forget.multiplied(by: past).adding(input.multiplied(by: candidate))
            let output = try gate(1, seeing: memory)
            return [
                try output.multiplied(by: cell.activations[2].apply(to: layer.clipped(memory))), memory,
            ]
        }
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let links = try layer.links(inputs, states: Self.states)
        guard inputs.optionalType(7) != nil else { return links }
        let hidden = try inputs.type(2).shape[2]
        let peepholes = AxisLink.cyclic(
            .input(7, 1), .input(2, 2), count: hidden, times: 3, role: .perChannel)
        return links + [peepholes].compactMap { $0 }
    }

    func resized(_ change: AxisChange) throws -> LSTM { LSTM(self, layer.resized(change)) }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        layer.cost(inputs, states: Self.states)
    }
}
