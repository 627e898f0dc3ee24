extension DecodingError {
    /// What was wrong and where, in one line.
    package var explanation: String {
        func place(_ context: Context) -> String {
            let path = context.codingPath.map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }
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
