/// An error in a dataset or a request for one.
public enum DatasetError: Error, Hashable, CustomStringConvertible, Sendable {
    /// The dataset is not in the folder; the hint says what to put where.
    case missing(dataset: String, folder: String, hint: String)
    /// No dataset has this name.
    case unknownName(String, available: [String])
    /// A file could not be read.
    case unreadable(file: String, reason: String)
    /// A file has another size, in bytes, than its layout requires.
    case wrongSize(file: String, expected: Int, found: Int)
    /// Something in a file has another form than its layout requires.
    case malformed(file: String, what: String, expected: String, found: String)
    /// A label is outside the classes.
    case label(file: String, image: Int, label: Int, classCount: Int)
    /// The index of an image is out of range.
    case index(Int, count: Int)
    /// A value given by the caller cannot be used.
    case invalid(what: String, expected: String, found: String)
    /// A network does not take the images, or does not have one output per class.
    case unfit(String)

    /// The message, with what was expected and found.
    public var description: String {
        switch self {
        case .missing(let dataset, let folder, let hint):
            return "the dataset '\(dataset)' is not in \(folder): \(hint)"
        case .unknownName(let name, let available):
            return "there is no dataset '\(name)'; choose one of \(available.joined(separator: ", "))"
        case .unreadable(let file, let reason): return "\(file): cannot be read: \(reason)"
        case .wrongSize(let file, let expected, let found):
            let state = found < expected ? "data file cut short" : "data file too long"
            return "\(file): \(state): expected \(expected) bytes, found \(found)"
        case .malformed(let file, let what, let expected, let found):
            return "\(file): \(what): expected \(expected), found \(found)"
        case .label(let file, let image, let label, let classCount):
            return "\(file): label of image \(image): expected 0...\(classCount - 1), found \(label)"
        case .index(let index, let count): return "image \(index): expected 0..<\(count)"
        case .invalid(let what, let expected, let found): return "\(what): expected \(expected), got \(found)"
        case .unfit(let reason): return reason
        }
    }
}
