/// One way to merge a group among which a rule chose, and the error that it is predicted to cause.
public struct MergeCandidate: Sendable, Codable, Equatable {
    /// How the channels and their consumers are merged.
    public enum Form: String, Sendable, Codable, CaseIterable {
        /// Channels are selected, and consumers lose the others.
        case deleted
        /// Channels are selected, and consumers fit the moments.
        case selected
        /// Channels are averaged, and consumers fit the moments.
        case averaged
        /// Channels are averaged, and consumers know how strong each was.
        case normPreserving = "norm_preserving"
    }

    /// What the prediction goes by.
    public enum Basis: String, Sendable, Codable {
        /// The moments that are known of the network's activations.
        case moments
        /// Moments implied by the weights, as if a layer's inputs were independent with variance one.
        case weights
    }

    /// The form.
    public let form: Form
    /// The mean over the consumers of their outputs' mean squared error, as a share of the outputs' variance;
    /// nil if it cannot be predicted.
    public let error: Double?
    /// What the error goes by; nil if there is none.
    public let basis: Basis?
    /// Whether it was chosen.
    public let isChosen: Bool

    /// Describes a form.
    public init(form: Form, error: Double?, basis: Basis?, isChosen: Bool) {
        self.form = form
        self.error = error
        self.basis = basis
        self.isChosen = isChosen
    }
}
