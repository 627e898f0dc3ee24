public import Foundation

/// A dataset that can be read from files.
public protocol DatasetLoader: Sendable {
    /// The name to ask for it by.
    var name: String { get }
    /// What to put where, for the message when it is missing.
    var instructions: String { get }

    /// Returns whether the dataset's files are in a folder or in the customary folder below it.
    func isPresent(in folder: URL) -> Bool

    /// Reads one part of the dataset.
    ///
    /// - Throws: `DatasetError`, naming the file and what was wrong.
    func load(from folder: URL, split: DatasetSplit) throws -> ImageDataset
}

extension DatasetLoader {
    func missing(in folder: URL) -> DatasetError {
        .missing(dataset: name, folder: folder.path, hint: instructions)
    }
}
