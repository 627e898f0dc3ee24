internal import Graph
internal import Torch

/// The inverse of MaxPool: puts elements at the places in the pooling's second output, and zeros everywhere
/// else.
///
/// The inputs are the elements [n, c, ...], their places in the whole tensor before pooling in row-major
/// order, and the output's shape, which otherwise follows from kernel, strides and padding.
struct MaxUnpool: Operator {
    static let type = "MaxUnpool"

    private let window: WindowAttributes

    init(attributes: Attributes, signature: OperatorSignature) throws {
        window = try WindowAttributes(attributes)
        guard window.kernel != nil else { throw GraphError("attribute kernel_shape is missing") }
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        window.write(to: &result)
        return result
    }

    /// Returns the shape before pooling: (length - 1) stride + kernel - padding.
    private func pooledShape(_ shape: [Int]) throws(GraphError) -> [Int] {
        let window = try window.window(kernel: self.window.kernel ?? [])
        guard shape.count == window.rank + 2 else {
            throw GraphError("a window over \(window.rank) axes does not fit shape \(shape)")
        }
        var result = Array(shape[..<2])
        for axis in 0..<window.rank {
            let steps = try Checked.product([shape[axis + 2] - 1, window.strides[axis]])
            let (before, after) = window.pads[axis]
            let length = try Checked.difference(
                try Checked.sum(steps, window.kernel[axis]), try Checked.sum(before, after))
            result.append(length)
        }
        return result
    }

    private func shape(_ input: [Int], _ requested: [Int]?) throws(GraphError) -> [Int] {
        let pooled = try pooledShape(input)
        let shape = requested ?? pooled
        guard shape.count == pooled.count, zip(shape, pooled).allSatisfy({ $0 >= $1 && $1 >= 0 }) else {
            throw GraphError("output_shape \(shape) does not hold the unpooled shape \(pooled)")
        }
        try Checked.requireMade(shape)
        return shape
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, places) = (try inputs.type(0), try inputs.type(1))
        try ElementDomain.real.require(input.element)
        try places.requireElement(.int64, "the places")
        try places.requireShape(input.shape, "the places")
        let requested = inputs.optionalType(2) == nil ? nil : try inputs.integers(2)
        let shape = try shape(input.shape, requested)
        try IndexTensors.checkCounted(
            inputs.constant(1), below: Checked.saturatingProduct(pooledShape(input.shape)), "place")
        return [try .output(input.element, shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (input, places) = (try inputs.required(0), try inputs.required(1))
        let shape = try shape(input.shape, inputs.optional(2)?.integers())
        let pooled = try pooledShape(input.shape)
        let count = Checked.saturatingProduct(pooled)
        let elements = try Tensor(repeating: 0, shape: [count], type: input.type, device: input.device)
            .scattering(input.reshaped([-1]), axis: 0, places.reshaped([-1])).reshaped(pooled)
        guard shape != pooled else { return [elements] }
        return [try elements.padded(zip(shape, pooled).map { (0, $0 - $1) })]
    }
}
