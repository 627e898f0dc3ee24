extension Picture {
    /// The pixels of a line that make one pixel of a resized line.
    private struct Tap {
        let first: Int
        /// Sums to 1.
        let weights: [Float]
    }

    /// A triangle as wide as the larger of the two distances between pixels: bilinear, without aliasing when
    /// it shrinks.
    private static func taps(from length: Int, to wanted: Int) -> [Tap] {
        let scale = Double(length) / Double(wanted)
        let support = max(scale, 1)
        return (0..<wanted).map { place in
            let centre = (Double(place) + 0.5) * scale
            let first = max(0, Int(centre - support + 0.5))
            let end = min(length, Int(centre + support + 0.5))
            let raw = (first..<max(end, first + 1)).map {
                max(0, 1 - abs((Double($0) + 0.5 - centre) / support))
            }
            let sum = raw.reduce(0, +)
            return Tap(first: first, weights: raw.map { Float($0 / (sum > 0 ? sum : 1)) })
        }
    }

    /// Returns the picture resized to cover a size, and its centre crop: bytes `[channels, height, width]`.
    ///
    /// Both sides are scaled by the same factor, along the width first, with rounding to bytes in between.
    /// - Parameter shorter: The length of the shorter side after resizing; nil just covers the size.
    /// - Throws: `DatasetError` if the crop is longer than the resized picture.
    package func fitted(to size: ImageSize, shorter: Int? = nil) throws -> [UInt8] {
        let picture = try converted(toChannels: size.channels)
        let goal = Self.resized(width, height, size, shorter)
        guard goal.width >= size.width, goal.height >= size.height else {
            throw DatasetError.invalid(
                what: "the side to which images are resized",
                expected: "one that covers \(size.height) x \(size.width)",
                found: "\(goal.height) x \(goal.width)")
        }
        let left = Int((Double(goal.width - size.width) / 2).rounded(.toNearestOrEven))
        let top = Int((Double(goal.height - size.height) / 2).rounded(.toNearestOrEven))
        let columns = Self.taps(from: width, to: goal.width)[left..<left + size.width]
        let rows = Self.taps(from: height, to: goal.height)[top..<top + size.height]
        return picture.combined(Array(columns), Array(rows))
    }

    private static func resized(
        _ width: Int, _ height: Int, _ size: ImageSize, _ shorter: Int?
    ) -> (width: Int, height: Int) {
        if let shorter {
            let scale = { (length: Int) in
                Int(min(Double(shorter) * Double(length) / Double(max(min(width, height), 1)), 1e6))
            }
            return width <= height ? (shorter, scale(height)) : (scale(width), shorter)
        }
        let (wide, high) = (Double(size.width) / Double(width), Double(size.height) / Double(height))
        // Rounding in the quotients must not leave a pixel uncovered.
        return wide > high
            ? (size.width, max(size.height, Int((Double(height) * wide).rounded(.down))))
            : (max(size.width, Int((Double(width) * high).rounded(.down))), size.height)
    }

    /// Weighs columns, then rows; only the needed rows are computed.
    private func combined(_ columns: [Tap], _ rows: [Tap]) -> [UInt8] {
        let (area, count) = (columns.count * rows.count, channels)
        guard let start = rows.map(\.first).min(), let end = rows.map({ $0.first + $0.weights.count }).max()
        else {
            return []
        }
        var lines = [Float](repeating: 0, count: (end - start) * columns.count * count)
        pixels.withUnsafeBufferPointer { pixels in
            for row in start..<end {
                for (column, tap) in columns.enumerated() {
                    for channel in 0..<count {
                        var sum: Float = 0
                        var place = (row * width + tap.first) * count + channel
                        for weight in tap.weights {
                            sum += weight * Float(pixels[place])
                            place += count
                        }
                        lines[((row - start) * columns.count + column) * count + channel] = (sum + 0.5)
                            .rounded(.down)
                    }
                }
            }
        }
        var result = [UInt8](repeating: 0, count: area * count)
        for (row, tap) in rows.enumerated() {
            for column in columns.indices {
                for channel in 0..<count {
                    var sum: Float = 0
                    var place = ((tap.first - start) * columns.count + column) * count + channel
                    for weight in tap.weights {
                        sum += weight * lines[place]
                        place += columns.count * count
                    }
                    result[channel * area + row * columns.count + column] = UInt8(min(max(sum + 0.5, 0), 255))
                }
            }
        }
        return result
    }
}
