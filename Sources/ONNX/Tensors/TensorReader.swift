import Foundation
import Torch

/// Converts the standard's tensors into the engine's.
enum TensorReader {
    /// More axes than any network needs.
    private static let greatestRank = 64

    /// Returns the shape of a tensor after checking that no length is negative and its bytes can be counted.
    static func shape(_ proto: Onnx_TensorProto) throws(ONNXError) -> [Int] {
        guard proto.dims.count <= greatestRank else {
            throw ONNXError("tensor \(proto.name) has \(proto.dims.count) axes, more than \(greatestRank)")
        }
        var product = 1
        for dimension in proto.dims {
            guard dimension >= 0 else {
                throw ONNXError("tensor \(proto.name) has a dimension of \(dimension)")
            }
            let (next, overflow) = product.multipliedReportingOverflow(by: max(Int(dimension), 1))
            guard !overflow, next < 1 << 56 else {
                throw ONNXError("tensor \(proto.name) of shape \(proto.dims) is too large")
            }
            product = next
        }
        return proto.dims.map { Int($0) }
    }

    /// Returns a tensor.
    ///
    /// - Parameter external: The files beside the model.
    /// - Returns: The tensor, or nil if the engine has no such element type.
    /// - Throws: `ONNXError` if its data do not fit its shape; nothing is allocated before that is checked.
    static func tensor(_ proto: Onnx_TensorProto, external: ExternalData) throws -> Tensor? {
        let shape = try shape(proto)
        guard let type = ElementType.dtype(proto.dataType) else { return nil }
        guard !proto.hasSegment else { throw ONNXError("tensor \(proto.name) is a segment of a larger one") }
        let count = shape.contains(0) ? 0 : shape.reduce(1, *)
        do {
            if proto.dataLocation == .external {
                return try make(external.bytes(of: proto, count: count * type.byteCount), shape, type)
            }
            if proto.hasRawData {
                try require(proto, proto.rawData.count, count * type.byteCount, "bytes")
                return try make(proto.rawData, shape, type)
            }
            return try typed(proto, shape, type, count)
        } catch is TorchError where type == .uint64 {
            // The engine only holds the lower half of the range.
            return nil
        }
    }

    private static func typed(
        _ proto: Onnx_TensorProto, _ shape: [Int], _ type: DType, _ count: Int
    ) throws -> Tensor {
        func checked<Element>(_ values: [Element]) throws -> [Element] {
            try require(proto, values.count, count, "elements of type \(type)")
            return values
        }
        func narrowed<Narrow: FixedWidthInteger>(_: Narrow.Type) throws -> Tensor {
            let values = try checked(proto.int32Data).map { value in
                guard let narrow = Narrow(exactly: value) else {
                    throw ONNXError("tensor \(proto.name) of \(type) has an element of \(value)")
                }
                return narrow
            }
            return try values.withUnsafeBytes { try Tensor(bytes: $0, shape: shape, type: type) }
        }
        switch type {
        case .float32: return try Tensor(checked(proto.floatData), shape: shape)
        case .float64: return try Tensor(checked(proto.doubleData), shape: shape)
        case .int64: return try Tensor(checked(proto.int64Data), shape: shape)
        case .int32: return try Tensor(checked(proto.int32Data), shape: shape)
        case .int16: return try narrowed(Int16.self)
        case .int8: return try narrowed(Int8.self)
        case .uint8: return try narrowed(UInt8.self)
        // The bits of a 16-bit float.
        case .float16, .bfloat16, .uint16: return try narrowed(UInt16.self)
        case .uint32, .uint64:
            return try Tensor(checked(proto.uint64Data).map { Int64(bitPattern: $0) }, shape: shape)
                .converted(to: type)
        case .bool:
            let values = try checked(proto.int32Data).map { $0 == 0 ? UInt8(0) : 1 }
            return try values.withUnsafeBytes { try Tensor(bytes: $0, shape: shape, type: type) }
        }
    }

    private static func make(_ bytes: Data, _ shape: [Int], _ type: DType) throws -> Tensor {
        // libtorch requires truth values to be 0 or 1.
        if type == .bool, bytes.contains(where: { $0 > 1 }) {
            return try Data(bytes.map { min($0, 1) }).withUnsafeBytes {
                try Tensor(bytes: $0, shape: shape, type: type)
            }
        }
        return try bytes.withUnsafeBytes { try Tensor(bytes: $0, shape: shape, type: type) }
    }

    private static func require(
        _ proto: Onnx_TensorProto, _ found: Int, _ expected: Int, _ unit: String
    ) throws(ONNXError) {
        guard found == expected else {
            throw ONNXError(
                "tensor \(proto.name) of shape \(proto.dims) needs \(expected) \(unit), found \(found)")
        }
    }
}
