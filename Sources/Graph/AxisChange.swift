/// How the shapes of a node's inputs and outputs change when channels are removed.
public struct AxisChange: Sendable {
    /// The inputs before, with the values of constants.
    public let inputs: OperatorInputs
    /// The outputs before.
    public let outputs: [TensorType]
    private let kept: [AxisReference: [Int]]

    /// Makes a change from the kept lanes of each axis that shrinks.
    public init(inputs: OperatorInputs, outputs: [TensorType], kept: [AxisReference: [Int]]) {
        self.inputs = inputs
        self.outputs = outputs
        self.kept = kept
    }

    /// Returns the kept lanes of an axis in ascending order, or nil where all stay.
    public func keptLanes(_ axis: AxisReference) -> [Int]? {
        kept[axis]
    }

    /// Returns the length of an axis before the change.
    public func lengthBefore(_ reference: AxisReference) throws(GraphError) -> Int {
        let type: TensorType? =
            switch reference.slot {
            case .input(let index): inputs.optionalType(index)
            case .output(let index): outputs.indices.contains(index) ? outputs[index] : nil
            }
        guard let type, type.shape.indices.contains(reference.axis) else {
            throw GraphError("there is no axis \(reference)")
        }
        return type.shape[reference.axis]
    }

    /// Returns the length of an axis after the change.
    public func lengthAfter(_ reference: AxisReference) throws(GraphError) -> Int {
        if let lanes = kept[reference] { return lanes.count }
        return try lengthBefore(reference)
    }
}
