internal import Graph
internal import Torch

/// The attributes of MaxPool and AveragePool and how a pooling is carried out.
struct PoolingAttributes: Sendable {
    /// Kernel, strides, dilations and padding.
    let window: WindowAttributes
    /// Whether a partial last window counts.
    let ceiling: Bool

    /// Parses and validates attributes.
    init(_ attributes: Attributes) throws {
        window = try WindowAttributes(attributes)
        ceiling = try attributes.integer("ceil_mode", default: 0) != 0
        guard window.kernel != nil else { throw GraphError("attribute kernel_shape is missing") }
    }

    /// What differs from the defaults.
    var attributes: Attributes {
        var result: Attributes = [:]
        window.write(to: &result)
        if ceiling { result["ceil_mode"] = .integer(1) }
        return result
    }

    private func resolvedWindow() throws(GraphError) -> Window {
        try window.window(kernel: window.kernel ?? [])
    }

    /// Returns the type of the output.
    func inferredType(_ input: TensorType) throws -> TensorType {
        try ElementDomain.real.require(input.element)
        try input.requireRank(3...5, "the input of a pooling")
        let lengths = try resolvedWindow().outputLengths(for: Array(input.shape[2...]), ceiling: ceiling)
        return try .output(input.element, Array(input.shape[..<2]) + lengths)
    }

    /// Returns how an input of a shape is pooled.
    func plan(for shape: [Int]) throws -> PoolingPlan {
        guard shape.count >= 3 else { throw GraphError("a pooling cannot take shape \(shape)") }
        let window = try resolvedWindow()
        let lengths = Array(shape[2...])
        return PoolingPlan(
            window: window, lengths: lengths, padding: try window.padding(for: lengths),
            outputs: try window.outputLengths(for: lengths, ceiling: ceiling))
    }
}
