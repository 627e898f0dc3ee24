/// The effect of an operator on the distribution of the channels that pass through it.
///
/// The channels are those of a coupled group: neither their number nor their meaning changes.
public enum ChannelEffect: Sendable {
    /// Nothing is known.
    case unknown
    /// max(0, x) of each element of the first input.
    case rectification
    /// Each element of the output is the operator applied to the same element of the first input; the other
    /// inputs are constants.
    case function
    /// The product of the inputs, element by element.
    case product
    /// Each element of the output is the operator applied to the elements of all inputs at the same place.
    case elementwise
    /// A weighted sum of the inputs, element by element.
    case sum([Double])
    /// The elements of the output are those of the inputs, or zeros, rearranged, repeated or left out.
    case arrangement
    /// Each element of the output is the mean of several elements of the same channel.
    case average(count: Int)
    /// Each element of the output is the largest of several elements of the same channel.
    case maximum(count: Int)
    /// Each matrix of the output, on the last two axes, is the product of those of the two computed inputs.
    case matrixProduct
    /// Each channel is filtered by its own kernel (input 1), with an optional bias (input 2).
    case filter
    /// (x - mean) / sqrt(variance + epsilon) scale + shift with inputs 1 scale, 2 shift, 3 mean and 4
    /// variance per channel.
    case normalisation(epsilon: Double)
}
