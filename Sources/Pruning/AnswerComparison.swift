public import Evaluation
public import Foundation

/// How a result compares with the original, and the held-out inputs whose answers changed most.
public struct AnswerComparison: Sendable {
    /// The comparison of all.
    public let judgement: PruningResult.Judgement
    /// The greatest changes, the greatest first; inputs whose answers did not change at all are left out.
    public let changes: [AnswerChange]
    /// The inputs of the changes as PNG files; nil where an input is no picture.
    public let pictures: [Data?]
}
