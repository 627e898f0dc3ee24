import Foundation
import Torch

/// Checked arithmetic and copying for strided elements.
enum ElementLayout {
    /// The largest number of axes, as in PyTorch's serialisation and NumPy.
    static let greatestRank = 64

    /// Returns the number of elements of a shape.
    ///
    /// - Throws: `CheckpointError` if a length is negative or the product exceeds 2^62.
    static func elementCount(shape: [Int]) throws -> Int {
        guard shape.count <= greatestRank else {
            throw CheckpointError(
                .overLimit(what: "the number of axes", limit: greatestRank, found: shape.count))
        }
        if shape.contains(0), shape.allSatisfy({ $0 >= 0 }) { return 0 }
        return try shape.reduce(1) { product, length in
            let (result, overflow) = product.multipliedReportingOverflow(by: length)
            guard length >= 0, !overflow, result <= 1 << 62 else {
                throw CheckpointError.malformed(
                    "a shape", expected: "lengths of 0 or more with a product that fits", found: "\(shape)")
            }
            return result
        }
    }

    /// Returns the number of bytes of a shape without gaps.
    static func byteCount(shape: [Int], type: DType) throws -> Int {
        let count = try elementCount(shape: shape)
        let (size, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
        guard !overflow else {
            throw CheckpointError.malformed("a shape", expected: "a size that fits", found: "\(shape)")
        }
        return size
    }

    /// Returns the position after the last element that a strided view reaches: offset + sum (length - 1) stride + 1.
    ///
    /// - Throws: `CheckpointError` for negative strides or offsets and for positions that do not fit.
    static func extent(shape: [Int], strides: [Int], offset: Int) throws -> Int {
        guard shape.count == strides.count, offset >= 0, strides.allSatisfy({ $0 >= 0 }) else {
            throw CheckpointError.malformed(
                "a strided view", expected: "an offset and one stride per axis, all 0 or more",
                found: "offset \(offset), strides \(strides), shape \(shape)")
        }
        var last = offset
        for (length, stride) in zip(shape, strides) where length > 0 {
            let (step, overflow) = (length - 1).multipliedReportingOverflow(by: stride)
            let sum = last.addingReportingOverflow(step)
            guard !overflow, !sum.overflow, sum.partialValue < 1 << 62 else {
                throw CheckpointError.malformed(
                    "a strided view", expected: "positions that fit",
                    found: "strides \(strides), shape \(shape)")
            }
            last = sum.partialValue
        }
        return last + 1
    }

    /// Returns whether the elements of a view are contiguous in the order of its axes.
    static func isContiguous(shape: [Int], strides: [Int]) -> Bool {
        var expected = 1
        for (length, stride) in zip(shape, strides).reversed() where length != 1 {
            if stride != expected { return false }
            expected *= length
        }
        return true
    }

    /// Copies a strided view, whose extent was checked, into bytes without gaps.
    static func gather(
        _ storage: UnsafeRawBufferPointer, elementSize: Int, shape: [Int], strides: [Int], offset: Int,
        count: Int
    ) -> Data {
        switch elementSize {
        case 1: return gather(storage, as: UInt8.self, shape, strides, offset, count)
        case 2: return gather(storage, as: UInt16.self, shape, strides, offset, count)
        case 4: return gather(storage, as: UInt32.self, shape, strides, offset, count)
        default: return gather(storage, as: UInt64.self, shape, strides, offset, count)
        }
    }

    private static func gather<Element: FixedWidthInteger>(
        _ storage: UnsafeRawBufferPointer, as _: Element.Type, _ shape: [Int], _ strides: [Int],
        _ offset: Int,
        _ count: Int
    ) -> Data {
        let size = MemoryLayout<Element>.size
        var result = Data(count: count * size)
        result.withUnsafeMutableBytes { raw in
            var index = [Int](repeating: 0, count: shape.count)
            var position = offset
            for place in 0..<count {
                raw.storeBytes(
                    of: storage.loadUnaligned(fromByteOffset: position * size, as: Element.self),
                    toByteOffset: place * size, as: Element.self)
                var axis = shape.count - 1
                while axis >= 0 {
                    index[axis] += 1
                    position += strides[axis]
                    if index[axis] < shape[axis] { break }
                    position -= index[axis] * strides[axis]
                    index[axis] = 0
                    axis -= 1
                }
            }
        }
        return result
    }

    /// Returns bytes with the bytes of each element in reverse order.
    static func swapped(_ bytes: Data, elementSize: Int) -> Data {
        guard elementSize > 1 else { return bytes }
        var result = [UInt8](bytes)
        var start = 0
        while start + elementSize <= result.count {
            result[start..<start + elementSize].reverse()
            start += elementSize
        }
        return Data(result)
    }

    /// Makes a tensor from contiguous bytes. Truth values other than 0 and 1 become 1, since libtorch
    /// requires that.
    static func tensor(_ bytes: Data, shape: [Int], type: DType) throws -> Tensor {
        var bytes = bytes
        if type == .bool, bytes.contains(where: { $0 > 1 }) { bytes = Data(bytes.map { min($0, 1) }) }
        do {
            return try bytes.withUnsafeBytes { try Tensor(bytes: $0, shape: shape, type: type) }
        } catch let error as TorchError {
            throw CheckpointError(.unsupported("\(error)"))
        }
    }
}
