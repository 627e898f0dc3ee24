internal import Graph
internal import Torch

/// The attributes of MaxPool and AveragePool and how a pooling is carried out.
struct PoolingAttributes: Sendable {
    /// Kernel, strides, dilations and padding.
    let window: WindowAttributes
    /// Whether a last, partial window counts.
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

/// A pooling of one input.
struct PoolingPlan {
    /// The window.
    let window: Window
    /// The input's spatial lengths.
    let lengths: [Int]
    /// The declared padding.
    let padding: [Window.Amounts]
    /// The output's spatial lengths.
    let outputs: [Int]

    /// The padding where libtorch can do it itself: the same on both sides and at most half the kernel.
    var symmetricPadding: [Int]? {
        let isSimple = zip(padding, window.kernel).allSatisfy {
            $0.before == $0.after && 2 * $0.before <= $1
        }
        return isSimple ? padding.map(\.before) : nil
    }

    /// The padding of every axis after which all windows, partial ones included, fit exactly or with a rest.
    var amounts: [Window.Amounts] {
        [(0, 0), (0, 0)]
            + outputs.indices.map { (padding[$0].before, overhang($0)) }
    }

    /// Returns how far the last window reaches beyond the input.
    private func overhang(_ axis: Int) -> Int {
        // The last window starts inside of the padded input, and its extent fits 62 bits.
        max(
            (outputs[axis] - 1) * window.strides[axis] + window.extent(axis) - lengths[axis]
                - padding[axis].before, 0)
    }

    /// Returns the lengths of the area that counts for a mean, and how it is padded to `amounts`.
    ///
    /// The part of a window that sticks out of the declared padding never counts.
    func countedAmounts(countsPadding: Bool) throws -> (lengths: [Int], amounts: [Window.Amounts]) {
        var counted: [Int] = []
        var rest: [Window.Amounts] = []
        for axis in lengths.indices {
            let (before, after) = padding[axis]
            let behind = overhang(axis)
            counted.append(countsPadding ? lengths[axis] + before + min(after, behind) : lengths[axis])
            rest.append(countsPadding ? (0, max(behind - after, 0)) : (before, behind))
        }
        return (counted, rest)
    }
}
