internal import Graph
internal import Torch

/// The largest element of each window over the spatial axes of [n, c, ...].
///
/// The second output holds the position of each in the whole input, counted in row-major order, or in
/// column-major order over the spatial axes if `storage_order` is 1.
struct MaxPool: Operator {
    static let type = "MaxPool"

    private let pooling: PoolingAttributes
    private let countsColumns: Bool
    private let outputCount: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        pooling = try PoolingAttributes(attributes)
        countsColumns = try attributes.integer("storage_order", default: 0) != 0
        outputCount = max(signature.outputCount, 1)
        guard outputCount <= 2 else { throw GraphError("has at most 2 outputs, got \(outputCount)") }
    }

    var attributes: Attributes {
        var result = pooling.attributes
        if countsColumns { result["storage_order"] = .integer(1) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        let isNarrow = input.element == .int8 || input.element == .uint8
        // 8-bit integers are pooled in single precision, which holds them exactly.
        let real = try pooling.inferredType(isNarrow ? TensorType(.float32, input.shape) : input)
        return Array(
            [TensorType(input.element, real.shape), try .output(.int64, real.shape)].prefix(outputCount))
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        var input = try inputs.required(0)
        let (element, shape) = (input.type, input.shape)
        if !element.isFloatingPoint { input = try input.converted(to: .float32) }
        let plan = try pooling.plan(for: shape)
        let window = plan.window
        var geometry = Tensor.PoolingWindow(
            kernel: window.kernel, stride: window.strides, padding: window.kernel.map { _ in 0 })
        var amounts = [Window.Amounts](repeating: (0, 0), count: shape.count)
        if let padding = plan.symmetricPadding {
            geometry.padding = padding
            geometry.ceiling = pooling.ceiling
        } else {
            amounts = try plan.amounts()
            input = try input.padded(amounts, mode: .constant(-.infinity))
        }
        guard outputCount > 1 else {
            return [try input.maxPooled(geometry, dilation: window.dilations).converted(to: element)]
        }
        let (values, places) = try input.maxPooledWithPositions(geometry, dilation: window.dilations)
        return [
            try values.converted(to: element),
            try positions(
                places, of: shape, lengths: Array(input.shape[2...]), padding: amounts.map(\.before)),
        ]
    }

    /// Returns positions in the whole input for those in the padded spatial axes of each channel.
    private func positions(
        _ places: Tensor, of shape: [Int], lengths: [Int], padding: [Int]
    ) throws -> Tensor {
        func number(_ value: Int) throws -> Tensor { try Tensor([value], shape: []).moved(to: places.device) }
        let plane = try Checked.product(Array(shape[2...]))
        let images = try Checked.product([shape[0], shape[1]])
        _ = try Checked.product([images, plane])
        let starts = try Tensor(
            (0..<images).map { $0 * plane }, shape: [shape[0], shape[1]] + lengths.map { _ in 1 })
        var result = try starts.moved(to: places.device)
        var (inner, outer) = (plane, 1)
        var rest = places
        for axis in lengths.indices {
            let behind = try Checked.product(Array(lengths[(axis + 1)...]))
            let index = try rest.combined(.truncatedDivide, number(behind))
            rest = try rest.combined(.remainder, number(behind))
            inner /= max(shape[axis + 2], 1)
            let step = countsColumns ? outer : inner
            outer *= shape[axis + 2]
            result = try result.adding(
                index.subtracting(number(padding[axis + 2])).multiplied(by: number(step)))
        }
        return result
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        .maximum(count: try pooling.plan(for: inputs.type(0).shape).window.volume)
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        // The positions depend on the number of channels, so none may be removed.
        AxisLink.allSame(.input(0), .output(0), axes: outputs.count > 1 ? 0..<0 : 0..<2)
    }
}
