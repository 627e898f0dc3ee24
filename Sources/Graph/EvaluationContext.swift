public import Torch

/// What a node can use and report during evaluation.
public struct EvaluationContext: Sendable {
    /// Whether batch-norms use the batch's statistics and dropout is active.
    public let isTraining: Bool
    /// A seed for this node in this run.
    public let seed: UInt64
    /// New values for parameters, by input index (a batch-norm's running statistics in training).
    public var updates: [Int: Tensor] = [:]
    /// What to do with each element of the output; an operator that does it sets this to nil.
    public var program: ElementProgram?

    /// Makes a context.
    public init(isTraining: Bool = false, seed: UInt64 = 0, program: ElementProgram? = nil) {
        self.isTraining = isTraining
        self.seed = seed
        self.program = program
    }
}
