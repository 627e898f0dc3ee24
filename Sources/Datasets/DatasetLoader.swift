public import Foundation

/// A dataset that can be read from files.
public protocol DatasetLoader: Sendable {
    /// The name to request it by.
    var name: String { get }
    /// Instructions for the error message when it is missing.
    var instructions: String { get }

    /// Returns whether the dataset's files are in a folder or in its usual sub-folder.
    func isPresent(in folder: URL) -> Bool

    /// Reads one part of the dataset.
    ///
    /// - Parameter form: The form for images of any size; data sets with a fixed size ignore it.
    /// - Throws: `DatasetError` naming the file and what is wrong.
    func load(from folder: URL, split: DatasetSplit, form: ImageForm) throws -> ImageDataset
}

extension DatasetLoader {
    /// Reads one part of a dataset whose images have a fixed size.
    public func load(from folder: URL, split: DatasetSplit) throws -> ImageDataset {
        try load(from: folder, split: split, form: .unknown)
    }

    func missing(in folder: URL) -> DatasetError {
        .missing(dataset: name, folder: folder.path, hint: instructions)
    }
}
