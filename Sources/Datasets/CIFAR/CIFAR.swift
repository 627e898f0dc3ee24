public import Foundation

/// CIFAR-10 or CIFAR-100: 32 x 32 colour images, in the binary layout or as Python batches.
///
/// Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009;
/// https://www.cs.toronto.edu/~kriz/cifar.html
public struct CIFAR: DatasetLoader {
    /// The files of one layout.
    struct Layout: Sendable {
        let folder: String
        let train: [String]
        let test: [String]

        func files(_ split: DatasetSplit) -> [String] { split == .train ? train : test }
    }

    public let name: String
    let classNames: [String]
    let binary: Layout
    let python: Layout
    /// The bytes before the pixels of a binary record; the last of them is the label that counts.
    let labelBytes: Int
    /// The key of the labels in a Python batch.
    let labelKey: String
    /// The number of images in each file of a part.
    let imagesPerFile: [DatasetSplit: Int]

    public var instructions: String {
        "put the files \(binary.test[0]), \(binary.train.joined(separator: ", ")) (binary version) into it or into "
            + "\(binary.folder) below it, or those of the Python version (\(python.test[0]), "
            + "\(python.train.joined(separator: ", "))) into it or into \(python.folder); "
            + "they come from https://www.cs.toronto.edu/~kriz/cifar.html"
    }

    public func isPresent(in folder: URL) -> Bool {
        DatasetSplit.allCases.contains { locate($0, in: folder) != nil }
    }

    public func load(from folder: URL, split: DatasetSplit, form: ImageForm) throws -> ImageDataset {
        guard let (place, isBinary) = locate(split, in: folder) else { throw missing(in: folder) }
        let count = imagesPerFile[split] ?? 0
        var labels: [Int] = []
        var pixels: [UInt8] = []
        let files = (isBinary ? binary : python).files(split)
        pixels.reserveCapacity(files.count * count * ImageSize.cifar.count)
        for file in files.map({ place.appendingPathComponent($0) }) {
            let part = try isBinary ? readBinary(file, count: count) : readPython(file, count: count)
            if let image = part.labels.firstIndex(where: { !classNames.indices.contains($0) }) {
                throw DatasetError.label(
                    file: file.path, image: image, label: part.labels[image], classCount: classNames.count)
            }
            labels += part.labels
            pixels += part.pixels
        }
        return try ImageDataset(
            name: name, split: split, classNames: classNames, imageSize: .cifar, normalisation: .imageNet,
            augmentation: .cropsAndFlips, labels: labels, pixels: pixels)
    }

    /// Returns the place of a part's files. The first of them decides, so that missing others are reported.
    private func locate(_ split: DatasetSplit, in folder: URL) -> (folder: URL, isBinary: Bool)? {
        for (layout, isBinary) in [(binary, true), (python, false)] {
            for place in [folder, folder.appendingPathComponent(layout.folder)] {
                if layout.files(split).contains(where: { DataFile.exists(place.appendingPathComponent($0)) })
                {
                    return (place, isBinary)
                }
            }
        }
        return nil
    }
}
