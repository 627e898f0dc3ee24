/// Why lanes are frozen.
struct FreezeReason: Hashable {
    /// A sentence.
    let text: String
    /// The node that freezes them; nil for an input or output of the network, or if the channels themselves
    /// are the reason.
    var node: String?
    /// The type of its operator.
    var operatorType: String?
}
