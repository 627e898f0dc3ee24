public import Foundation

/// A folder of JPEG and PNG files, read on demand.
///
/// With sub-folders, each is a class, in the order of their names, and holds its images at any depth.
/// Without, all images are of one class, which is enough if labels are not used. If the folder contains
/// `train`, or `test` or `val`, the parts are there; otherwise every part is all images.
public struct ImageFolder: DatasetLoader {
    private static let endings: Set<String> = ["jpg", "jpeg", "png"]
    private static let parts: [DatasetSplit: [String]] = [.train: ["train"], .test: ["test", "val"]]
    private static let greatestDepth = 16

    /// Makes the loader.
    public init() {}

    public var name: String { "images" }

    public var instructions: String {
        "put JPEG or PNG files into it, those of each class into a folder of its own"
    }

    public func isPresent(in folder: URL) -> Bool { Self.hasImage(folder, depth: 0) }

    public func load(from folder: URL, split: DatasetSplit, form: ImageForm) throws -> ImageDataset {
        guard let size = form.size else {
            throw DatasetError.unfit(
                "cannot resize the images in \(folder.path): the size that the network takes is unknown"
            )
        }
        guard let normalisation = form.normalisation ?? Normalisation.imageNet(channels: size.channels) else {
            throw DatasetError.unfit(
                "image files have 1 or 3 channels, the network takes \(size.channels)")
        }
        let place = (Self.parts[split] ?? []).map { folder.appendingPathComponent($0) }.first {
            Self.isFolder($0)
        }
        let root = place ?? folder
        let (images, folders) = try Self.contents(root)
        var files: [URL] = images
        var labels = images.map { _ in 0 }
        var classes = [root.lastPathComponent]
        if images.isEmpty {
            classes = []
            for folder in folders {
                let found = try Self.images(below: folder, depth: 1)
                guard !found.isEmpty else { continue }
                labels += found.map { _ in classes.count }
                files += found
                classes.append(folder.lastPathComponent)
            }
        } else {
            // Images beside folders: the folders are not classes.
            for folder in folders {
                let found = try Self.images(below: folder, depth: 1)
                labels += found.map { _ in 0 }
                files += found
            }
        }
        guard !files.isEmpty else { throw missing(in: folder) }
        return try ImageDataset(
            name: name, split: split, classNames: classes, imageSize: size, normalisation: normalisation,
            labels: labels, reader: ImageFiles(files, form: form, size: size))
    }

    private static func isFolder(_ place: URL) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder)
            && isFolder.boolValue
    }

    /// The image files and the folders in a folder, each by their names.
    private static func contents(_ folder: URL) throws -> (images: [URL], folders: [URL]) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        } catch {
            throw DatasetError.unreadable(file: folder.path, reason: error.localizedDescription)
        }
        var (images, folders): ([URL], [URL]) = ([], [])
        for name in names.sorted() where !name.hasPrefix(".") {
            let place = folder.appendingPathComponent(name)
            if endings.contains(place.pathExtension.lowercased()) {
                images.append(place)
            } else if isFolder(place) {
                folders.append(place)
            }
        }
        return (images, folders)
    }

    private static func images(below folder: URL, depth: Int) throws -> [URL] {
        // Links can make folders contain themselves.
        guard depth <= greatestDepth else {
            throw DatasetError.unreadable(file: folder.path, reason: "folders are nested too deeply")
        }
        let (images, folders) = try contents(folder)
        return try images + folders.flatMap { try Self.images(below: $0, depth: depth + 1) }
    }

    private static func hasImage(_ folder: URL, depth: Int) -> Bool {
        guard depth <= 3, let (images, folders) = try? contents(folder) else { return false }
        return !images.isEmpty || folders.contains { hasImage($0, depth: depth + 1) }
    }
}
