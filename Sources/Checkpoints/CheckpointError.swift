/// What was wrong with a checkpoint file, and where.
public struct CheckpointError: Error, Hashable, CustomStringConvertible, Sendable {
    /// The kinds of errors in a checkpoint file.
    public enum Problem: Hashable, Sendable {
        /// The file could not be opened or read; the text says why.
        case unreadable(String)
        /// The file could not be written; the text says why.
        case unwritable(String)
        /// The file is something else; the text says what it looks like and what to do.
        case notACheckpoint(String)
        /// The file seems valid, but uses something that is not supported.
        case unsupported(String)
        /// The file has fewer bytes than it declares.
        case truncated(what: String, expected: Int, found: Int)
        /// Something has another form than the format requires.
        case malformed(what: String, expected: String, found: String)
        /// Reading on would exceed a documented limit.
        case overLimit(what: String, limit: Int, found: Int)
        /// A pickle names a Python function or class, "module.name", that is not on the allow-list.
        case refusedGlobal(String)
        /// Something requested is not in the file.
        case missing(what: String, available: [String])
    }

    /// The message.
    public var problem: Problem
    /// The file, if known.
    public var file: String?
    /// The tensor concerned, if any.
    public var tensor: String?

    /// Makes an error.
    public init(_ problem: Problem, file: String? = nil, tensor: String? = nil) {
        self.problem = problem
        self.file = file
        self.tensor = tensor
    }

    /// A sentence that names the file, the tensor, what was expected and what was found.
    public var description: String {
        var text = file.map { "\($0): " } ?? ""
        if let tensor { text += "tensor '\(tensor)': " }
        return text + problem.text
    }
}

extension CheckpointError.Problem {
    fileprivate var text: String {
        switch self {
        case .unreadable(let reason): return "cannot be read: \(reason)"
        case .unwritable(let reason): return "cannot be written: \(reason)"
        case .notACheckpoint(let reason): return "is not a checkpoint: \(reason)"
        case .unsupported(let reason): return "not supported: \(reason)"
        case .truncated(let what, let expected, let found):
            return "\(what) is cut short: expected \(expected) bytes, found \(found)"
        case .malformed(let what, let expected, let found):
            return "\(what): expected \(expected), found \(found)"
        case .overLimit(let what, let limit, let found):
            return "\(what) exceeds the limit of \(limit): \(found)"
        case .refusedGlobal(let name):
            return """
                refused to load the Python object '\(name)'. Only tensors, numbers, text and plain containers \
                are read; no code is ever executed. If a whole module was saved with torch.save(model), save \
                its weights with torch.save(model.state_dict()) instead
                """
        case .missing(let what, let available):
            let shown = available.prefix(12).map { "'\($0)'" }.joined(separator: ", ")
            let more = available.count > 12 ? " and \(available.count - 12) more" : ""
            return "\(what) is missing; found \(available.isEmpty ? "nothing" : shown + more)"
        }
    }
}

extension CheckpointError {
    /// Makes the error for something that has another form than required.
    package static func malformed(
        _ what: String, expected: String, found: String, tensor: String? = nil
    ) -> CheckpointError {
        CheckpointError(.malformed(what: what, expected: expected, found: found), tensor: tensor)
    }

    /// Runs a piece of work and adds the file (and the tensor) to any checkpoint error it throws.
    package static func naming<Result>(
        file: String? = nil, tensor: String? = nil, _ work: () throws -> Result
    ) throws -> Result {
        do {
            return try work()
        } catch var error as CheckpointError {
            error.file = error.file ?? file
            error.tensor = error.tensor ?? tensor
            throw error
        }
    }
}
