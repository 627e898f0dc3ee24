internal import Graph
internal import Torch

/// Sums of products of 8-bit integers, computed in floating point that holds them exactly.
enum IntegerProducts {
    /// The number of products of two 9-bit differences that single precision sums exactly: 2^24 / 255^2.
    private static let greatestSingleSum = 258

    /// Returns the narrowest type in which a sum of so many products is exact.
    static func type(terms: Int) -> DType { terms <= greatestSingleSum ? .float32 : .float64 }

    /// Throws unless a type is one of 8-bit integers.
    static func require(_ type: TensorType, _ name: String) throws(GraphError) {
        guard [.int8, .uint8].contains(type.element) else {
            throw GraphError("\(name) must hold int8 or uint8, got \(type.element)")
        }
    }

    /// Returns a product of quantised tensors on the output's grid: clamp(round(product factor) + zero).
    ///
    /// factor = left scale times right scale / output scale, in single precision.
    static func rescaled(
        _ product: Tensor, left: Tensor, right: Tensor, output: Tensor, zero: Tensor
    ) throws -> Tensor {
        let factor = try left.converted(to: .float32).multiplied(by: right.converted(to: .float32))
            .divided(by: output.converted(to: .float32))
        return try product.converted(to: .float32).multiplied(by: factor).quantised(to: zero.type, zero: zero)
    }
}
