internal import Torch

/// Random changes of training images: shifted by cropping the padded image, and mirrored.
///
/// It works on raw bytes, before normalisation, so padding is black.
public struct Augmentation: Hashable, Sendable, Codable {
    /// The number of black rows and columns around the image from which the crop is taken; 0 for none.
    public let padding: Int
    /// Whether half of the images are mirrored, left to right.
    public let flips: Bool

    /// The augmentation of one image.
    public struct Draw: Hashable, Sendable {
        /// How far the window is moved down, -padding...padding.
        public let rowShift: Int
        /// How far the window is moved to the right, -padding...padding.
        public let columnShift: Int
        /// Whether the image is mirrored afterwards.
        public let isFlipped: Bool

        /// Makes a draw.
        public init(rowShift: Int, columnShift: Int, isFlipped: Bool) {
            self.rowShift = rowShift
            self.columnShift = columnShift
            self.isFlipped = isFlipped
        }
    }

    /// Makes an augmentation.
    ///
    /// - Throws: `DatasetError` unless the padding is in 0...1024.
    public init(padding: Int, flips: Bool) throws {
        guard (0...1024).contains(padding) else {
            throw DatasetError.invalid(what: "padding", expected: "0...1024", found: "\(padding)")
        }
        self.init(uncheckedPadding: padding, flips: flips)
    }

    private init(uncheckedPadding padding: Int, flips: Bool) {
        self.padding = padding
        self.flips = flips
    }

    /// No changes.
    public static let none = Augmentation(uncheckedPadding: 0, flips: false)
    /// Crops with a padding of 4, for images that must not be mirrored.
    public static let crops = Augmentation(uncheckedPadding: 4, flips: false)
    /// Crops with a padding of 4, and mirror images.
    public static let cropsAndFlips = Augmentation(uncheckedPadding: 4, flips: true)

    /// Draws the next image's augmentation: always three numbers.
    public func draw(using generator: inout some RandomNumberGenerator) -> Draw {
        let row = generator.integer(below: 2 * padding + 1) - padding
        let column = generator.integer(below: 2 * padding + 1) - padding
        let flip = generator.integer(below: 2) == 1
        return Draw(rowShift: row, columnShift: column, isFlipped: flips && flip)
    }
}

extension Augmentation.Draw {
    /// Returns an image `[channels, height, width]` shifted and mirrored.
    ///
    /// `result[c, y, x] = image[c, y + rowShift, x + columnShift]`, or 0 outside; mirrored, x runs backwards.
    ///
    /// - Throws: `DatasetError` if the bytes do not fit the size.
    public func applied(to image: [UInt8], size: ImageSize) throws -> [UInt8] {
        guard image.count == size.count else {
            throw DatasetError.invalid(
                what: "image", expected: "\(size.count) bytes", found: "\(image.count)")
        }
        return [UInt8](unsafeUninitializedCapacity: size.count) { target, count in
            image.withUnsafeBufferPointer { apply(to: $0, size: size, into: target) }
            count = size.count
        }
    }

    func apply(
        to image: UnsafeBufferPointer<UInt8>, size: ImageSize, into target: UnsafeMutableBufferPointer<UInt8>
    ) {
        var place = 0
        for channel in 0..<size.channels {
            for row in 0..<size.height {
                let sourceRow = row + rowShift
                let isInside = (0..<size.height).contains(sourceRow)
                let start = channel * size.area + sourceRow * size.width
                for column in 0..<size.width {
                    let sourceColumn = (isFlipped ? size.width - 1 - column : column) + columnShift
                    let isPixel = isInside && (0..<size.width).contains(sourceColumn)
                    target[place] = isPixel ? image[start + sourceColumn] : 0
                    place += 1
                }
            }
        }
    }
}
