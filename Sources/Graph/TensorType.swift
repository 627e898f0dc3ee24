public import Torch

/// The element type and the shape of a value, for the input size that the graph was traced with.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
    /// The element type.
    public var element: DType
    /// The length of each axis.
    public var shape: [Int]

    /// Makes a type.
    public init(_ element: DType, _ shape: [Int]) {
        self.element = element
        self.shape = shape
    }

    /// The number of elements, or nil where it does not fit an Int.
    public var count: Int? {
        var product = 1
        for dimension in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
            if overflow { return nil }
            product = next
        }
        return product
    }

    public var description: String { "\(element)\(shape)" }
}

extension Tensor {
    /// The type of the value that this tensor can stand for.
    public var tensorType: TensorType { TensorType(type, shape) }
}
