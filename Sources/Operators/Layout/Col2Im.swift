internal import Graph
internal import Torch

/// Blocks [n, c taps, positions] put back into images [n, c, ...]; overlapping blocks are added.
///
/// The inputs are the blocks, the images' lengths and the blocks' lengths.
struct Col2Im: Operator {
    static let type = "Col2Im"

    private let window: WindowAttributes

    init(attributes: Attributes, signature: OperatorSignature) throws {
        window = try WindowAttributes(attributes)
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        window.write(to: &result)
        return result
    }

    /// The window, its number of positions on each axis, and the output's shape.
    private func plan(
        _ input: [Int], image: [Int], block: [Int]
    ) throws(GraphError) -> (window: Window, positions: [Int], shape: [Int]) {
        let window = try window.window(kernel: block)
        let positions = try window.outputLengths(for: image)
        guard input.count == 3, input[1] % window.volume == 0,
            input[2] == Checked.saturatingProduct(positions)
        else {
            throw GraphError("blocks of shape \(input) do not make up images of \(image) from \(block)")
        }
        let shape = [input[0], input[1] / window.volume] + image
        try Checked.requireMade(shape)
        return (window, positions, shape)
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        let plan = try plan(input.shape, image: inputs.integers(1), block: inputs.integers(2))
        return [try .output(input.element, plan.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let image = try inputs.required(1).integers()
        let (window, positions, shape) = try plan(
            input.shape, image: image, block: inputs.required(2).integers())
        let padding = try window.padding(for: image)
        var padded: [Int] = []
        for (length, amount) in zip(image, padding) {
            padded.append(try Checked.sum(length, amount.before, amount.after))
        }
        try Checked.requireMade(Array(shape[..<2]) + padded)
        // The place of every tap at every position in the padded image, row-major.
        var places = [0]
        for axis in image.indices {
            places = places.flatMap { base in
                (0..<window.kernel[axis]).map { base * padded[axis] + $0 * window.dilations[axis] }
            }
        }
        var corners = [0]
        for axis in image.indices {
            corners = corners.flatMap { base in
                (0..<positions[axis]).map { base * padded[axis] + $0 * window.strides[axis] }
            }
        }
        let count = Checked.saturatingProduct(padded)
        let all = places.flatMap { place in corners.map { $0 + place } }
        let target = [shape[0], shape[1], all.count]
        let indices = try Tensor(all, shape: [1, 1, all.count]).moved(to: input.device).expanded(to: target)
        let blocks = try input.reshaped(target)
        let result = try Tensor(
            repeating: 0, shape: [shape[0], shape[1], count], type: input.type, device: input.device
        ).scattering(blocks, axis: 2, indices, .sum).reshaped(Array(shape[..<2]) + padded)
        return [try result.padded([(0, 0), (0, 0)] + padding.map { (-$0.before, -$0.after) })]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        [.same(.input(0, 0), .output(0, 0))]
    }
}
