package import Foundation
package import Torch

/// An array or a scalar that NumPy pickled.
package struct NumPyArray: Sendable {
    /// The length of each axis; empty for a scalar.
    package let shape: [Int]
    /// The type of the elements.
    package let type: DType
    /// Whether the first axis varies fastest.
    package let isFortranOrder: Bool
    /// The elements, little endian, without gaps.
    package let bytes: Data

    /// Returns whether a value of a pickle is an array or a scalar of NumPy.
    package static func isArray(_ value: PickleValue, in document: PickleDocument) -> Bool {
        document.call(of: value)?.callable.hasPrefix("numpy.") ?? false
    }

    /// Reads an array or a scalar from a pickle.
    ///
    /// - Throws: `CheckpointError` if the value is something else, if its elements are not plain numbers, or
    ///   if its bytes do not fit its shape.
    package init(_ value: PickleValue, in document: PickleDocument) throws {
        guard let call = document.call(of: value) else {
            throw CheckpointError.malformed(
                "a NumPy array", expected: "one", found: document.describe(value))
        }
        let fields: (shape: PickleValue?, type: PickleValue, isFortranOrder: Bool, bytes: PickleValue)
        switch call.callable.split(separator: ".").last {
        case "scalar" where call.arguments.count == 2:
            fields = (nil, call.arguments[0], false, call.arguments[1])
        case "_frombuffer" where call.arguments.count == 4:
            let order = document.text(call.arguments[3])
            fields = (call.arguments[2], call.arguments[1], order == "F", call.arguments[0])
        case "_reconstruct":
            guard let state = document.items(of: call.state), state.count == 5,
                case .boolean(let order) = state[3]
            else { fallthrough }
            fields = (state[1], state[2], order, state[4])
        default:
            throw CheckpointError.malformed(
                "a NumPy array", expected: "its shape, type and bytes", found: document.describe(value))
        }
        let type = try Self.elementType(fields.type, in: document)
        self.type = type.type
        shape = try fields.shape.map { try Self.axes($0, in: document) } ?? []
        isFortranOrder = fields.isFortranOrder && shape.count > 1
        guard case .bytes(let bytes) = fields.bytes else {
            throw CheckpointError.malformed(
                "the elements of a NumPy array", expected: "bytes", found: document.describe(fields.bytes))
        }
        let size = try ElementLayout.byteCount(shape: shape, type: type.type)
        guard bytes.count == size else {
            throw CheckpointError(.truncated(what: "a NumPy array", expected: size, found: bytes.count))
        }
        self.bytes =
            type.isBigEndian ? ElementLayout.swapped(bytes, elementSize: type.type.byteCount) : bytes
    }

    /// Returns the array as a tensor.
    ///
    /// - Throws: `CheckpointError` for an array in Fortran order.
    package func tensor() throws -> Tensor {
        guard !isFortranOrder else {
            throw CheckpointError(.unsupported("a NumPy array in Fortran order"))
        }
        return try ElementLayout.tensor(bytes, shape: shape, type: type)
    }

    private static func axes(_ value: PickleValue, in document: PickleDocument) throws -> [Int] {
        if case .integer(let length) = value, length >= 0 { return [length] }
        guard let items = document.items(of: value), items.count <= ElementLayout.greatestRank else {
            throw CheckpointError.malformed(
                "the shape of a NumPy array", expected: "a tuple of lengths", found: document.describe(value))
        }
        return try items.map { item in
            guard case .integer(let length) = item, length >= 0 else {
                throw CheckpointError.malformed(
                    "the shape of a NumPy array", expected: "lengths", found: document.describe(item))
            }
            return length
        }
    }

    /// Reads `numpy.dtype('f4', …)` and the byte order in its state `(3, '<', …)`.
    private static func elementType(
        _ value: PickleValue, in document: PickleDocument
    ) throws -> (type: DType, isBigEndian: Bool) {
        guard let call = document.call(of: value), call.callable == "numpy.dtype",
            let name = call.arguments.first.flatMap({ document.text($0) })
        else {
            throw CheckpointError.malformed(
                "the element type of a NumPy array", expected: "a numpy.dtype",
                found: document.describe(value))
        }
        let order = document.items(of: call.state).flatMap { $0.count > 1 ? document.text($0[1]) : nil }
        let types: [String: DType] = [
            "f2": .float16, "f4": .float32, "f8": .float64, "i1": .int8, "i2": .int16, "i4": .int32,
            "i8": .int64, "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "b1": .bool,
        ]
        guard let type = types[name.hasPrefix("<") || name.hasPrefix("|") ? String(name.dropFirst()) : name]
        else {
            throw CheckpointError(.unsupported("NumPy elements of type '\(name.prefix(40))'"))
        }
        return (type, order == ">")
    }
}
