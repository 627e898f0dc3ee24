/// The work of evaluating a node once.
public struct OperatorCost: Hashable, Sendable {
    /// Multiply-accumulate operations of convolutions and matrix products (a bias is not counted).
    public var multiplyAccumulates: Int

    /// Makes a cost.
    public init(multiplyAccumulates: Int = 0) {
        self.multiplyAccumulates = multiplyAccumulates
    }
}
