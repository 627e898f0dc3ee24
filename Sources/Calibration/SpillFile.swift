internal import Compression
internal import Foundation
internal import Torch

/// A temporary file without a name that holds tensors; the system removes it when the process ends, however it ends.
///
/// Released space is reused: apart from gaps, the file is as long as the most that it ever held at once.
final class SpillFile {
    /// The position of a tensor's bytes.
    struct Extent {
        let offset: Int
        let length: Int
        /// The shape with the axes as they lie in memory.
        let shape: [Int]
        let type: DType
        /// Where each axis of the tensor is in `shape`.
        let places: [Int]
    }

    private let handle: FileHandle
    private var end = 0
    /// Unused ranges before the end, ascending and never adjacent.
    private var gaps: [Range<Int>] = []

    /// Makes an empty file in the folder for temporary files.
    ///
    /// - Throws: `CompressionError` if that fails.
    init() throws {
        let place = FileManager.default.temporaryDirectory
            .appendingPathComponent("intrafusion-\(UUID().uuidString)")
        do {
            try Data().write(to: place)
            handle = try FileHandle(forUpdating: place)
            try FileManager.default.removeItem(at: place)
        } catch {
            throw CompressionError(
                "activations do not fit the memory for calibration, and no temporary file can be made at \(place.path): \(error.localizedDescription)"
            )
        }
    }

    /// Writes a tensor.
    ///
    /// - Throws: `CompressionError` if the disk is full.
    func write(_ tensor: Tensor) throws -> Extent {
        let order = tensor.memoryOrder
        let turned = try tensor.permuted(order)
        let bytes = try turned.bytes()
        let offset = allocate(bytes.count)
        do {
            try handle.seek(toOffset: UInt64(offset))
            try handle.write(contentsOf: bytes)
        } catch {
            throw CompressionError(
                "activations do not fit the memory for calibration, and \(bytes.count) bytes cannot be written to a temporary file: \(error.localizedDescription)"
            )
        }
        return Extent(
            offset: offset, length: bytes.count, shape: turned.shape, type: tensor.type,
            places: order.indices.sorted { order[$0] < order[$1] })
    }

    /// Reads a tensor back; its axes lie in memory as they did.
    func read(_ extent: Extent) throws -> Tensor {
        try handle.seek(toOffset: UInt64(extent.offset))
        let data = try handle.read(upToCount: extent.length) ?? Data()
        guard data.count == extent.length else {
            throw CompressionError("a temporary file of activations was cut short")
        }
        return try data.withUnsafeBytes {
            try Tensor(bytes: $0, shape: extent.shape, type: extent.type).permuted(extent.places)
        }
    }

    /// Releases a tensor's space.
    func release(_ extent: Extent) {
        guard extent.length > 0 else { return }
        var (start, stop) = (extent.offset, extent.offset + extent.length)
        gaps.removeAll { gap in
            guard gap.upperBound == start || gap.lowerBound == stop else { return false }
            (start, stop) = (min(start, gap.lowerBound), max(stop, gap.upperBound))
            return true
        }
        if stop == end {
            end = start
        } else {
            gaps.insert(start..<stop, at: gaps.firstIndex { $0.lowerBound > start } ?? gaps.endIndex)
        }
    }

    /// Reserves space in the first gap that is large enough, or at the end.
    private func allocate(_ length: Int) -> Int {
        guard length > 0, let index = gaps.firstIndex(where: { $0.count >= length }) else {
            defer { end += length }
            return end
        }
        let gap = gaps.remove(at: index)
        if gap.count > length { gaps.insert(gap.lowerBound + length..<gap.upperBound, at: index) }
        return gap.lowerBound
    }
}
