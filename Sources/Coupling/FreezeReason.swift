/// Why lanes must stay.
struct FreezeReason: Hashable {
    /// A sentence.
    let text: String
    /// The node that needs them; nil for an end of the network, or for a defect of the channels themselves.
    var node: String?
    /// The type of its operator.
    var operatorType: String?
}
