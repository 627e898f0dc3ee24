/// The second-order change of the loss with the empirical Fisher as curvature: sum over images of sum (w dL_n/dw)^2.
///
/// This is optimal brain damage with the Hessian's diagonal replaced by the mean of squared gradients, times a constant.
/// One backward pass per image: the time grows with the number of batches times their size.
/// Sources: LeCun et al., "Optimal brain damage", NIPS 1989; Theis et al., "Faster gaze prediction with dense networks and
/// Fisher pruning", 2018.
public struct FisherImportance: ImportanceCriterion {
    public static let name = "fisher"
    public static let summary = "squared weights times squared gradients of each training image"
    public static let needsImages = true

    public init(options: ImportanceOptions) {}

    public func memberScores(_ context: ImportanceContext) throws -> [[Double]] {
        let information = try context.measurement(FisherInformation.self, for: Self.self)
        return try context.replacingWeights(information.products).mapSlices { slice in
            slice.reduce(0.0) { $0 + Double($1) }
        }
    }
}
