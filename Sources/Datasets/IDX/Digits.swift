public import Foundation

/// The bundled handwritten digits: 1,797 grey images of 8 x 8 pixels with values 0...16.
///
/// Pixels become blocks of 4 x 4 and values are scaled to 0...255, so that networks for 32 x 32 images take them. The
/// first 1,297 images are for training, the last 500 for testing; the classes are balanced in both.
///
/// Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998.
public struct Digits: DatasetLoader {
    private static let images = "images-idx3-ubyte"
    private static let labels = "labels-idx1-ubyte"
    private static let shape = [1797, 8, 8]
    private static let trainCount = 1297
    private static let magnification = 4

    /// Makes the loader.
    public init() {}

    public var name: String { "digits" }

    public var instructions: String {
        "put \(Self.images) and \(Self.labels) from data/digits of this project into it or into digits below it"
    }

    public func isPresent(in folder: URL) -> Bool { locate(in: folder) != nil }

    public func load(from folder: URL, split: DatasetSplit, form: ImageForm) throws -> ImageDataset {
        guard let place = locate(in: folder) else { throw missing(in: folder) }
        let imageFile = place.appendingPathComponent(Self.images)
        let (images, labels) = try IDXFile.pair(
            images: imageFile, labels: place.appendingPathComponent(Self.labels))
        guard images.shape == Self.shape else {
            throw DatasetError.malformed(
                file: imageFile.path, what: "the shape", expected: "\(Self.shape)", found: "\(images.shape)")
        }
        guard let greatest = images.elements.max(), greatest <= 16 else {
            throw DatasetError.malformed(
                file: imageFile.path, what: "a pixel", expected: "0...16",
                found: "\(images.elements.max() ?? 0)")
        }
        let range = split == .train ? 0..<Self.trainCount : Self.trainCount..<labels.count
        return try ImageDataset(
            name: name, split: split, classNames: (0..<10).map(String.init), imageSize: .grey32,
            normalisation: .digits, augmentation: .crops, labels: Array(labels[range]),
            pixels: range.flatMap { Self.magnified(images.elements[$0 * 64..<($0 + 1) * 64]) })
    }

    private static func magnified(_ image: ArraySlice<UInt8>) -> [UInt8] {
        (0..<32 * 32).map { place in
            let row = place / 32 / magnification
            let column = place % 32 / magnification
            // Rounded to the nearest; 8 becomes 128.
            return UInt8((Int(image[image.startIndex + row * 8 + column]) * 255 + 8) / 16)
        }
    }

    private func locate(in folder: URL) -> URL? {
        [folder, folder.appendingPathComponent(name)].first {
            DataFile.exists($0.appendingPathComponent(Self.images))
        }
    }
}
