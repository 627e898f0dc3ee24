public import Torch

/// The element type and shape of a value, for the input size that the graph was traced with.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
    /// The element type.
    public var element: DType
    /// The length of each axis.
    public var shape: [Int]
    /// Whether anything is known about the value; see `unknown`.
    public private(set) var isKnown = true

    /// The type of a value that is unknown or not a tensor: it has no axes and so no channels.
    ///
    /// Only an `OpaqueOperator` and a `DeferredOperator` may make or take such a value.
    public static let unknown: TensorType = {
        var type = TensorType(.uint8, [])
        type.isKnown = false
        return type
    }()

    /// Makes a type.
    public init(_ element: DType, _ shape: [Int]) {
        self.element = element
        self.shape = shape
    }

    /// The number of elements, or nil if it does not fit an Int.
    public var count: Int? {
        var product = 1
        for dimension in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
            if overflow { return nil }
            product = next
        }
        return product
    }

    public var description: String { isKnown ? "\(element)\(shape)" : "unknown" }
}

extension Tensor {
    /// The type of a value that this tensor could be.
    public var tensorType: TensorType { TensorType(type, shape) }
}
