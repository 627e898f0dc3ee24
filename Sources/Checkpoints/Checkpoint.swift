/// The contents of a checkpoint file: a network's tensors, and what was saved beside them.
public struct Checkpoint: Sendable {
    /// The tensors by name, in the order of the file.
    public var state: StateDictionary
    /// Numbers and text saved beside the tensors, such as `test_accuracy` and `epoch`.
    public var metadata: [String: MetadataValue]

    /// Makes a checkpoint from its parts.
    public init(state: StateDictionary, metadata: [String: MetadataValue] = [:]) {
        self.state = state
        self.metadata = metadata
    }
}
