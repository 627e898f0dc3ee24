/// How many samples a network classified correctly.
public struct Accuracy: Sendable, Hashable, Codable {
    /// The samples whose highest output is that of the label.
    public let correct: Int
    /// All samples.
    public let total: Int

    /// Makes a count.
    public init(correct: Int, total: Int) {
        self.correct = correct
        self.total = total
    }

    /// The share of correct samples, 0 ... 1, over the whole set.
    public var fraction: Double { total == 0 ? 0 : Double(correct) / Double(total) }
}

/// Why an evaluation is not possible.
public struct EvaluationError: Error, Sendable, CustomStringConvertible {
    /// The message.
    public let message: String

    /// Makes an error with a message.
    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
