extension Graph {
    /// The multiply-accumulate operations of all convolutions and matrix products for one sample at the traced size.
    public var multiplyAccumulates: Int { NetworkCost(of: self).multiplyAccumulates }
}
