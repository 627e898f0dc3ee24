/// Which factors are channels where a Reshape splits an axis and either could be: an attention's heads, or the channels of
/// each head.
public enum FactorPreference: Sendable {
    /// The factor whose lanes lie farthest apart, such as the heads.
    case outermost
    /// The factor whose lanes lie side by side, such as the channels of a head.
    case innermost
}
