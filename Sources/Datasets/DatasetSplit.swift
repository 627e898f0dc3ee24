/// A part of a dataset.
public enum DatasetSplit: String, CaseIterable, Sendable, Codable {
    /// The images to train on.
    case train
    /// The images to measure accuracy on.
    case test
}
