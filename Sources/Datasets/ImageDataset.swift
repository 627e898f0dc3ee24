/// Labelled images of one size, as bytes in memory or read from files on demand.
public struct ImageDataset: Sendable {
    /// The name, as in `DatasetRegistry`.
    public let name: String
    /// The part of the dataset.
    public let split: DatasetSplit
    /// The meaning of each label.
    public let classNames: [String]
    /// The shape of an image.
    public let imageSize: ImageSize
    /// How bytes become a network's input.
    public let normalisation: Normalisation
    /// How images of this dataset may be varied in training.
    public let augmentation: Augmentation
    /// The class of each image.
    public let labels: [Int]
    /// The images in memory, one after the other: `[count, channels, height, width]`; empty if files are read
    /// instead.
    public let pixels: [UInt8]
    /// Reads images that are not in memory.
    let reader: (any ImageReader)?

    /// Makes a dataset from bytes.
    ///
    /// - Throws: `DatasetError` if the parts do not fit each other or a label is outside the classes.
    public init(
        name: String, split: DatasetSplit, classNames: [String], imageSize: ImageSize,
        normalisation: Normalisation,
        augmentation: Augmentation = .none, labels: [Int], pixels: [UInt8]
    ) throws {
        let (size, overflow) = labels.count.multipliedReportingOverflow(by: imageSize.count)
        guard !overflow, pixels.count == size else {
            throw DatasetError.invalid(
                what: "pixels of '\(name)'", expected: "\(size) bytes for \(labels.count) images",
                found: "\(pixels.count)")
        }
        try self.init(
            name: name, split: split, classNames: classNames, imageSize: imageSize,
            normalisation: normalisation,
            augmentation: augmentation, labels: labels, pixels: pixels, reader: nil)
    }

    /// Makes a dataset from images that are read on demand.
    ///
    /// - Throws: `DatasetError` if the parts do not fit each other or a label is outside the classes.
    init(
        name: String, split: DatasetSplit, classNames: [String], imageSize: ImageSize,
        normalisation: Normalisation, augmentation: Augmentation = .none, labels: [Int],
        reader: any ImageReader
    ) throws {
        try self.init(
            name: name, split: split, classNames: classNames, imageSize: imageSize,
            normalisation: normalisation,
            augmentation: augmentation, labels: labels, pixels: [], reader: reader)
    }

    private init(
        name: String, split: DatasetSplit, classNames: [String], imageSize: ImageSize,
        normalisation: Normalisation, augmentation: Augmentation, labels: [Int], pixels: [UInt8],
        reader: (any ImageReader)?
    ) throws {
        guard normalisation.mean.count == imageSize.channels else {
            throw DatasetError.invalid(
                what: "normalisation of '\(name)'", expected: "\(imageSize.channels) channels",
                found: "\(normalisation.mean.count)")
        }
        if let image = labels.firstIndex(where: { !classNames.indices.contains($0) }) {
            throw DatasetError.label(
                file: name, image: image, label: labels[image], classCount: classNames.count)
        }
        self.name = name
        self.split = split
        self.classNames = classNames
        self.imageSize = imageSize
        self.normalisation = normalisation
        self.augmentation = augmentation
        self.labels = labels
        self.pixels = pixels
        self.reader = reader
    }

    /// The number of images.
    public var count: Int { labels.count }

    /// The number of images of each class.
    public var classCounts: [Int] {
        labels.reduce(into: [Int](repeating: 0, count: classNames.count)) { $0[$1] += 1 }
    }

    /// Returns the bytes `[channels, height, width]` of an image.
    ///
    /// - Throws: `DatasetError` if there is no such image.
    public func image(at index: Int) throws -> [UInt8] {
        guard (0..<count).contains(index) else { throw DatasetError.index(index, count: count) }
        if let reader { return try reader.image(at: index) }
        return Array(pixels[index * imageSize.count..<(index + 1) * imageSize.count])
    }

    /// Returns the first images, at most a given number.
    ///
    /// - Throws: `DatasetError` for a negative number.
    public func prefix(_ number: Int) throws -> ImageDataset {
        guard number >= 0 else {
            throw DatasetError.invalid(what: "number of images", expected: "0 or more", found: "\(number)")
        }
        let number = min(number, count)
        return try ImageDataset(
            name: name, split: split, classNames: classNames, imageSize: imageSize,
            normalisation: normalisation,
            augmentation: augmentation, labels: Array(labels.prefix(number)),
            pixels: Array(pixels.prefix(number * imageSize.count)), reader: reader?.prefix(number))
    }

    /// Returns the images with another normalisation.
    ///
    /// - Throws: `DatasetError` for another number of channels.
    public func normalised(as normalisation: Normalisation) throws -> ImageDataset {
        try ImageDataset(
            name: name, split: split, classNames: classNames, imageSize: imageSize,
            normalisation: normalisation,
            augmentation: augmentation, labels: labels, pixels: pixels, reader: reader)
    }
}
