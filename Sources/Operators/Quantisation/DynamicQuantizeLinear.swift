internal import Graph
internal import Torch

/// Quantises numbers to a grid of 256 steps from their minimum (at most 0) to their maximum (at least 0).
///
/// scale = (max - min) / 255; zero = clamp(round(-min / scale)); y = clamp(round(x / scale) + zero) in uint8.
/// All three are outputs. A channel of zeros does not change the grid, so channels can be removed as before
/// any other function.
struct DynamicQuantizeLinear: Operator {
    static let type = "DynamicQuantizeLinear"

    init(attributes: Attributes, signature: OperatorSignature) throws {
    }

    var attributes: Attributes { [:] }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try input.requireElement(.float32, "the input")
        return [
            try .output(.uint8, input.shape), TensorType(.float32, []), TensorType(.uint8, []),
        ]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try AxisLink.allSame(.input(0), .output(0), axes: inputs.type(0).shape.indices)
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let grid = try DynamicGrid(inputs.required(0))
        return [grid.values, grid.scale, grid.zero]
    }
}

/// The outputs of `DynamicQuantizeLinear` for a tensor.
struct DynamicGrid {
    /// The quantised numbers, uint8.
    let values: Tensor
    /// The step, a float32 scalar.
    let scale: Tensor
    /// The zero point, a uint8 scalar.
    let zero: Tensor

    /// Quantises a float32 tensor.
    init(_ input: Tensor) throws {
        let axes = Array(input.shape.indices)
        let nothing = try Tensor(repeating: 0, shape: [], device: input.device)
        let isEmpty = input.count == 0
        let least = try isEmpty ? nothing : input.reduced(.minimum, axes: axes).combined(.minimum, nothing)
        let greatest = try isEmpty ? nothing : input.reduced(.maximum, axes: axes).combined(.maximum, nothing)
        let step = try greatest.subtracting(least)
            .divided(by: Tensor(repeating: 255, shape: [], device: input.device))
        // A tensor of zeros has no range.
        let one = try Tensor(repeating: 1, shape: [], device: input.device)
        scale = try step.combined(.equal, nothing).choosing(one, step)
        zero = try least.applying(.negated).divided(by: scale).quantised(to: .uint8, zero: nil)
        values = try input.divided(by: scale).quantised(to: .uint8, zero: zero)
    }
}
