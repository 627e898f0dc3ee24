public import Foundation
internal import Registries

/// The datasets by name.
public enum DatasetRegistry {
    private static let registry = Registry<any DatasetLoader>(
        of: "dataset",
        [
            CIFAR.ten,
            CIFAR.hundred,
            Digits(),
            MNIST(),
            ImageFolder(),
        ]
    ) { $0.name }

    /// All loaders, in the order in which `auto` looks for them.
    public static var loaders: [any DatasetLoader] { registry.entries }

    /// The name that means whichever dataset is in the folder.
    public static let automatic = "auto"

    /// All names, `auto` first.
    public static var names: [String] { [automatic] + registry.names }

    /// Returns the loader with a name, or nil.
    public static func loader(named name: String) -> (any DatasetLoader)? {
        registry.find(name)
    }

    /// Returns the first loader whose dataset is in a folder, or nil.
    public static func detect(in folder: URL) -> (any DatasetLoader)? {
        loaders.first { $0.isPresent(in: folder) }
    }

    /// Reads one part of a dataset.
    ///
    /// - Parameters:
    ///   - name: one of `names`; `auto` takes the first dataset it finds.
    ///   - folder: the folder of the dataset, or one that contains it under its usual name.
    ///   - split: the part.
    ///   - form: the size of images, and how bytes are normalised if not as usual for the data set.
    /// - Throws: `DatasetError` for an unknown name, a missing dataset (saying what to put where) and damaged files.
    public static func load(
        name: String, folder: URL, split: DatasetSplit, form: ImageForm = .unknown
    ) throws -> ImageDataset {
        let dataset = try find(name, in: folder).load(from: folder, split: split, form: form)
        return try form.normalisation.map(dataset.normalised) ?? dataset
    }

    private static func find(_ name: String, in folder: URL) throws -> any DatasetLoader {
        if name == automatic {
            guard let loader = detect(in: folder) else {
                let all = loaders.map { "\($0.name): \($0.instructions)" }.joined(separator: "; ")
                throw DatasetError.missing(dataset: name, folder: folder.path, hint: all)
            }
            return loader
        }
        return try registry.entry(named: name) { DatasetError.unknownName($0.name, available: names) }
    }
}
