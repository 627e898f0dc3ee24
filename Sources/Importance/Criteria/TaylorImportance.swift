/// The first-order change of the loss if each weight were zero, in absolute values: sum abs(w dL/dw).
///
/// The gradient is that of the mean cross-entropy of a batch of labelled images, summed over the batches.
/// Source: Molchanov et al., "Importance estimation for neural network pruning", CVPR 2019.
public struct TaylorImportance: ImportanceCriterion {
    public static let name = "taylor"
    public static let summary = "sum of absolute weights times gradients on training images"
    public static let needsImages = true

    public init(options: ImportanceOptions) {}

    public func memberScores(_ context: ImportanceContext) throws -> [[Double]] {
        let gradients = try context.measurement(LossGradients.self, for: Self.self)
        return try context.replacingWeights(gradients.products).mapSlices { slice in
            slice.reduce(0.0) { $0 + Double($1.magnitude) }
        }
    }
}
