/// One way to merge a group that a rule may choose, and its predicted error.
public struct MergeCandidate: Sendable, Codable, Equatable {
    /// How the channels and their consumers are merged.
    public enum Form: String, Sendable, Codable, CaseIterable {
        /// Channels are selected, and consumers lose the others.
        case deleted
        /// Channels are selected, and consumers are refitted to the moments.
        case selected
        /// Channels are averaged, and consumers are refitted to the moments.
        case averaged
        /// Channels are averaged, and consumers are scaled by the norms of the merged channels.
        case normPreserving = "norm_preserving"
    }

    /// The basis of the prediction.
    public enum Basis: String, Sendable, Codable {
        /// The known moments of the network's activations.
        case moments
        /// Moments implied by the weights, as if the layer's inputs were independent with variance one.
        case weights
    }

    /// The form.
    public let form: Form
    /// The mean over the consumers of the mean squared error of their outputs, as a share of the outputs'
    /// variance; nil if it cannot be predicted.
    public let error: Double?
    /// The basis of the predicted error; nil if there is none.
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
