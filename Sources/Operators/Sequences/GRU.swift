internal import Graph
internal import Torch

/// A gated recurrent unit, gates in the order update, reset, hidden.
///
/// z, r = f(W x + R h + b), n = g(W x + b + R (r h) + b'), or g(W x + b + r (R h + b')) if
/// `linear_before_reset` is set; h' = (1 - z) n + z h.
struct GRU: Operator {
    static let type = "GRU"

    private let layer: RecurrentLayer
    private let resetsAfterwards: Bool
    private static let states = 5..<6

    init(attributes: Attributes, signature: OperatorSignature) throws {
        layer = try RecurrentLayer(
            attributes, signature, gates: 3, defaults: [.sigmoid, .tanh], maximumOutputs: 2)
        resetsAfterwards = try attributes.integer("linear_before_reset", default: 0) != 0
    }

    private init(_ layer: RecurrentLayer, resetsAfterwards: Bool) {
        self.layer = layer
        self.resetsAfterwards = resetsAfterwards
    }

    var attributes: Attributes {
        var result = layer.attributes
        if resetsAfterwards { result["linear_before_reset"] = .integer(1) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        try layer.outputTypes(layer.lengths(inputs, states: Self.states), inputs.type(0).element)
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        try layer.run(inputs, states: Self.states) { cell, projected in
            let state = cell.states[0]
            let recurrent = try state.linear(weight: cell.recurrent, bias: cell.recurrentBias)
            func gate(_ index: Int) throws -> Tensor {
                try cell.activations[0].apply(
                    to: layer.clipped(
                        cell.gate(index, of: projected).adding(cell.gate(index, of: recurrent))))
            }
            let (update, reset) = (try gate(0), try gate(1))
            let past: Tensor
            if resetsAfterwards {
                past = try reset.multiplied(by: cell.gate(2, of: recurrent))
            } else {
                past = try cell.gate(
                    2,
                    of: reset.multiplied(by: state).linear(
                        weight: cell.recurrent, bias: cell.recurrentBias))
            }
            let candidate = try cell.activations[1].apply(
                to: layer.clipped(cell.gate(2, of: projected).adding(past)))
            return [try candidate.adding(update.multiplied(by: state.subtracting(candidate)))]
        }
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try layer.links(inputs, states: Self.states)
    }

    func resized(_ change: AxisChange) throws -> GRU {
        GRU(layer.resized(change), resetsAfterwards: resetsAfterwards)
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        layer.cost(inputs, states: Self.states)
    }
}

/// A plain recurrent layer, h' = f(W x + R h + b).
struct RNN: Operator {
    static let type = "RNN"

    private let layer: RecurrentLayer
    private static let states = 5..<6

    init(attributes: Attributes, signature: OperatorSignature) throws {
        layer = try RecurrentLayer(attributes, signature, gates: 1, defaults: [.tanh], maximumOutputs: 2)
    }

    private init(_ layer: RecurrentLayer) { self.layer = layer }

    var attributes: Attributes { layer.attributes }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        try layer.outputTypes(layer.lengths(inputs, states: Self.states), inputs.type(0).element)
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        try layer.run(inputs, states: Self.states) { cell, projected in
            let recurrent = try cell.states[0].linear(weight: cell.recurrent, bias: cell.recurrentBias)
            return [try cell.activations[0].apply(to: layer.clipped(projected.adding(recurrent)))]
        }
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try layer.links(inputs, states: Self.states)
    }

    func resized(_ change: AxisChange) throws -> RNN { RNN(layer.resized(change)) }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        layer.cost(inputs, states: Self.states)
    }
}
