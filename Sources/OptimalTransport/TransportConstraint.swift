/// Which marginals of a problem a plan has to meet.
public enum TransportConstraint: Sendable {
    /// What every source gives and what every target receives.
    case bothMarginals
    /// Only what every source gives; targets receive whatever arrives.
    case sourceOnly
}
