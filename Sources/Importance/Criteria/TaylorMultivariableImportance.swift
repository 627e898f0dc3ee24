/// The first-order change of the loss if the whole slice were zero: abs(sum w dL/dw).
///
/// Contributions of opposite sign cancel, as they do in the loss itself. The gradients are those of `taylor`.
/// Source: Molchanov et al., "Pruning convolutional neural networks for resource efficient inference", ICLR 2017.
public struct TaylorMultivariableImportance: ImportanceCriterion {
    public static let name = "taylor_multivariable"
    public static let summary = "absolute sum of weights times gradients on training images"
    public static let needsImages = true

    public init(options: ImportanceOptions) {}

    public func memberScores(_ context: ImportanceContext) throws -> [[Double]] {
        let gradients = try context.measurement(LossGradients.self, for: Self.self)
        return try context.replacingWeights(gradients.products).mapSlices { slice in
            slice.reduce(0.0) { $0 + Double($1) }.magnitude
        }
    }
}
