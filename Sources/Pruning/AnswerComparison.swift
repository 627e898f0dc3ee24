public import Evaluation
public import Foundation

/// How a result compares with the original, and the held-out inputs whose answers changed most.
public struct AnswerComparison: Sendable {
    /// The comparison over all inputs.
    public let judgement: PruningResult.Judgement
    /// The largest changes, largest first; inputs whose answers did not change are omitted.
    public let changes: [AnswerChange]
    /// The inputs of the changes as PNG files; nil if an input is not a picture.
    public let pictures: [Data?]
}
