internal import Graph
internal import Torch

/// How the channels of a value follow those of others to first order, which is how covariances with anything
/// else pass through.
///
/// For jointly normal x and y, `Cov(f(x), y) = E[f'(x)] Cov(x, y)` (Stein's lemma); sums and layers are exact.
enum ChannelStep: Sendable {
    /// Each channel is a multiple of the same channel of another value. `[n]`
    case scaled(ValueID, Tensor)
    /// Each channel is a mixture of the channels of another value. `[n, inputs]`
    case mixed(ValueID, Tensor)
    /// A weighted sum of values.
    case sum([(value: ValueID, weight: Double)])
    /// Each channel is a channel of one of several values, or none (-1).
    case gathered([(value: ValueID, channel: Int)?])
}
