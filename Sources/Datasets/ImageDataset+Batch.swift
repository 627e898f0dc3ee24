public import Torch

extension ImageDataset {
    /// Images and their labels, in a network's input format.
    public typealias Batch = (images: Tensor, labels: Tensor)

    /// Returns normalised images `[b, channels, height, width]` (float32) and labels `[b]` (int64).
    ///
    /// - Parameter indices: which images, in this order.
    /// - Throws: `DatasetError` if there is no such image; `TorchError` from the tensors.
    public func batch(_ indices: some Collection<Int>) throws -> Batch {
        try check(indices)
        return try normalised(indices) { image, _, body in
            body(UnsafeBufferPointer(rebasing: image))
        }
    }

    /// Returns images varied at random, normalised, and their labels.
    ///
    /// - Parameters:
    ///   - indices: which images, in this order; each takes the next draw.
    ///   - augmentation: how they are varied, such as the dataset's own `augmentation`.
    ///   - generator: the source of randomness; the same state gives the same batch.
    /// - Throws: `DatasetError` if there is no such image; `TorchError` from the tensors.
    public func batch(
        _ indices: some Collection<Int>, augmentation: Augmentation,
        using generator: inout some RandomNumberGenerator
    ) throws -> Batch {
        try check(indices)
        let draws = indices.map { _ in augmentation.draw(using: &generator) }
        let size = imageSize
        let scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: size.count)
        scratch.initialize(repeating: 0)
        defer { scratch.deallocate() }
        return try normalised(indices) { image, place, body in
            draws[place].apply(to: UnsafeBufferPointer(rebasing: image), size: size, into: scratch)
            body(UnsafeBufferPointer(scratch))
        }
    }

    private func check(_ indices: some Collection<Int>) throws {
        if let wrong = indices.first(where: { !(0..<count).contains($0) }) {
            throw DatasetError.index(wrong, count: count)
        }
    }

    /// Looks each byte up in a table of 256 values per channel.
    private func normalised(
        _ indices: some Collection<Int>,
        _ prepare: (
            _ image: Slice<UnsafeBufferPointer<UInt8>>, _ place: Int,
            _ body: (UnsafeBufferPointer<UInt8>) -> Void
        ) -> Void
    ) throws -> Batch {
        let size = imageSize
        let table = normalisation.table()
        let number = indices.count
        // Images that are not in memory are read first.
        let read = try reader.map { reader in try indices.flatMap { try reader.image(at: $0) } }
        let values = [Float](unsafeUninitializedCapacity: number * size.count) { target, written in
            (read ?? pixels).withUnsafeBufferPointer { pixels in
                table.withUnsafeBufferPointer { table in
                    for (place, index) in indices.enumerated() {
                        let start = (read == nil ? index : place) * size.count
                        let image = pixels[start..<start + size.count]
                        prepare(image, place) { bytes in
                            var output = place * size.count
                            var input = 0
                            for channel in 0..<size.channels {
                                for _ in 0..<size.area {
                                    target[output] = table[channel << 8 | Int(bytes[input])]
                                    output += 1
                                    input += 1
                                }
                            }
                        }
                    }
                }
            }
            written = number * size.count
        }
        return (
            try Tensor(values, shape: [number, size.channels, size.height, size.width]),
            try Tensor(indices.map { labels[$0] }, shape: [number])
        )
    }
}
