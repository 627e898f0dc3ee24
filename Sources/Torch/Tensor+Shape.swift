internal import CTorch

extension Tensor {
    /// How padding is filled.
    public enum PaddingMode: Sendable, Hashable {
        /// With a constant.
        case constant(Double)
        /// With the mirror image, without repeating the border.
        case reflect
        /// With the border element.
        case edge
    }

    /// Returns the same elements in another shape; one dimension may be -1.
    public func reshaped(_ shape: [Int]) throws(TorchError) -> Tensor {
        try yield(using: self, widened: handle.widened) {
            ct_reshape(pointer, shape.asInt64, Int32(shape.count), $0, $1)
        }
    }

    /// Returns the axes in another order.
    public func permuted(_ order: [Int]) throws(TorchError) -> Tensor {
        try yield(using: self, widened: handle.widened) {
            ct_permute(pointer, order.asInt64, Int32(order.count), $0, $1)
        }
    }

    /// Broadcasts to a larger shape without copying.
    public func expanded(to shape: [Int]) throws(TorchError) -> Tensor {
        try yield(using: self, widened: handle.widened) {
            ct_expand(pointer, shape.asInt64, Int32(shape.count), $0, $1)
        }
    }

    /// Returns part of an axis: positions start, start + step, ... below end.
    public func sliced(axis: Int, _ range: Range<Int>, step: Int = 1) throws(TorchError) -> Tensor {
        try yield(using: self, widened: handle.widened) {
            ct_slice(
                pointer, Int64(axis), Int64(range.lowerBound), Int64(range.upperBound), Int64(step), $0, $1)
        }
    }

    /// Reverses axes.
    public func flipped(axes: [Int]) throws(TorchError) -> Tensor {
        try yield(using: self, widened: handle.widened) {
            ct_flip(pointer, axes.asInt64, Int32(axes.count), $0, $1)
        }
    }

    /// Picks positions of an axis in the given order.
    public func selecting(axis: Int, _ positions: [Int]) throws(TorchError) -> Tensor {
        let length = shape.indices.contains(axis) ? shape[axis] : 0
        if let wrong = positions.first(where: { $0 < 0 || $0 >= length }) {
            throw TorchError("position \(wrong) is outside axis \(axis) of shape \(shape)")
        }
        let indices = try Tensor(positions).moved(to: device)
        return try yield(using: self, indices, widened: handle.widened) {
            ct_index_select(pointer, Int64(axis), indices.pointer, $0, $1)
        }
    }

    /// Picks positions of an axis given by a tensor [count] of int64.
    ///
    /// - Throws: `TorchError` for a position outside the axis.
    public func selecting(axis: Int, at positions: Tensor) throws(TorchError) -> Tensor {
        try yield(using: self, positions, widened: handle.widened) {
            ct_index_select(pointer, Int64(axis), positions.pointer, $0, $1)
        }
    }

    /// Joins tensors along an axis.
    public static func concatenated(_ parts: [Tensor], axis: Int) throws(TorchError) -> Tensor {
        let pointers: [ct_tensor?] = parts.map { $0.pointer }
        defer { withExtendedLifetime(parts) {} }
        let widened = parts.first?.handle.widened
        return try yield(widened: widened) {
            ct_concatenate(pointers, Int32(pointers.count), Int64(axis), $0, $1)
        }
    }

    /// Pads every axis by (before, after); negative amounts crop (constant mode only).
    public func padded(
        _ amounts: [(before: Int, after: Int)], mode: PaddingMode = .constant(0)
    ) throws(TorchError) -> Tensor {
        let flat = amounts.flatMap { [Int64($0.before), Int64($0.after)] }
        let (code, value): (Int32, Double) =
            switch mode {
            case .constant(let value): (0, value)
            case .reflect: (1, 0)
            case .edge: (2, 0)
            }
        return try yield(using: self, widened: handle.widened) {
            ct_pad(pointer, flat, Int32(amounts.count), code, value, $0, $1)
        }
    }
}
