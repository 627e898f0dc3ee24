extension DecodingError {
    /// What is wrong and where, in one line.
    package var explanation: String {
        func place(_ context: Context) -> String {
            let path = context.codingPath.map { key in
                key.intValue.map { "[\($0)]" } ?? key.stringValue.snakeCased
            }
            let text = context.debugDescription
            return path.isEmpty ? text : "\(path.joined(separator: ".")): \(text)"
        }
        return switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            place(context)
        case .keyNotFound(_, let context): place(context)
        @unknown default: "\(self)"
        }
    }
}

extension String {
    /// The name of a key in files, whose keys are in snake case.
    var snakeCased: String {
        reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
    }
}
