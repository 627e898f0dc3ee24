public import Foundation

/// MNIST, and other datasets of ten classes in its layout: grey images of 8 x 8 to 32 x 32 pixels in IDX
/// files.
///
/// Images are centred on 32 x 32 black pixels, the size that the networks take.
public struct MNIST: DatasetLoader {
    /// Makes the loader.
    public init() {}

    public var name: String { "mnist" }

    public var instructions: String {
        "put train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, "
            + "uncompressed, into it or into mnist or MNIST/raw below it"
    }

    public func isPresent(in folder: URL) -> Bool {
        DatasetSplit.allCases.contains { locate($0, in: folder) != nil }
    }

    public func load(from folder: URL, split: DatasetSplit, form: ImageForm) throws -> ImageDataset {
        guard let place = locate(split, in: folder) else { throw missing(in: folder) }
        let imageFile = place.appendingPathComponent(prefix(split) + "-images-idx3-ubyte")
        let (images, labels) = try IDXFile.pair(
            images: imageFile, labels: place.appendingPathComponent(prefix(split) + "-labels-idx1-ubyte"))
        let (height, width) = (images.shape[1], images.shape[2])
        guard (8...32).contains(height), (8...32).contains(width) else {
            throw DatasetError.malformed(
                file: imageFile.path, what: "the size of an image", expected: "8 x 8 to 32 x 32",
                found: "\(height) x \(width)")
        }
        let size = ImageSize.grey32
        var pixels = [UInt8](repeating: 0, count: labels.count * size.count)
        let (top, left) = ((size.height - height) / 2, (size.width - width) / 2)
        for image in labels.indices {
            for row in 0..<height {
                let source = (image * height + row) * width
                let target = image * size.count + (top + row) * size.width + left
                pixels.replaceSubrange(
                    target..<target + width, with: images.elements[source..<source + width])
            }
        }
        return try ImageDataset(
            name: name, split: split, classNames: (0..<10).map(String.init), imageSize: size,
            normalisation: .mnist, augmentation: .crops, labels: labels, pixels: pixels)
    }

    private func prefix(_ split: DatasetSplit) -> String { split == .train ? "train" : "t10k" }

    private func locate(_ split: DatasetSplit, in folder: URL) -> URL? {
        ["", "mnist", "MNIST/raw"].lazy.map { $0.isEmpty ? folder : folder.appendingPathComponent($0) }.first
        {
            DataFile.exists($0.appendingPathComponent(prefix(split) + "-images-idx3-ubyte"))
        }
    }
}
