internal import Graph
package import Torch

/// The standard's codes for element types, as attributes hold them.
package enum ElementCode {
    private static let codes: [Int: DType] = [
        1: .float32, 2: .uint8, 3: .int8, 4: .uint16, 5: .int16, 6: .int32, 7: .int64, 9: .bool, 10: .float16,
        11: .float64, 12: .uint32, 13: .uint64, 16: .bfloat16,
    ]

    /// Returns the element type with a code; nil if tensors here do not support it.
    package static func type(_ code: Int) -> DType? { codes[code] }

    /// Returns the element type with a code.
    ///
    /// - Throws: `GraphError` for a type that tensors here do not support.
    static func type(_ code: Int, attribute: String) throws(GraphError) -> DType {
        guard let type = type(code) else {
            throw GraphError("attribute \(attribute) names element type \(code), which is not supported")
        }
        return type
    }

    /// Returns the code of an element type.
    package static func code(_ type: DType) -> Int {
        codes.first { $0.value == type }?.key ?? 0
    }
}
