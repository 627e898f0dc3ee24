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

    /// Returns the lanes that an axis keeps, by their numbers before the change, or nil if it keeps all.
    ///
    /// They ascend where channels are removed. Where channels are repeated, their lanes are repeated too, and
    /// a channel of several consecutive lanes is repeated as a whole.
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
            throw GraphError("axis \(reference) does not exist")
        }
        return type.shape[reference.axis]
    }

    /// Returns the length of an axis after the change.
    public func lengthAfter(_ reference: AxisReference) throws(GraphError) -> Int {
        if let lanes = kept[reference] { return lanes.count }
        return try lengthBefore(reference)
    }

    /// Returns the new positions of one axis's lanes, one for each lane that another axis has after the
    /// change.
    ///
    /// Lane i of the reading axis reads lane `lanes[i]` of the other one, as indices and pointers do. If the
    /// change repeats a lane, its readers take the copies in turn.
    /// - Parameters:
    ///   - lanes: The lanes before the change, one for each lane of the reading axis.
    ///   - reader: The axis that reads.
    ///   - axis: The axis that is read.
    /// - Throws: `GraphError` if a lane that is read is removed.
    public func places(
        of lanes: [Int], readBy reader: AxisReference, on axis: AxisReference
    ) throws(GraphError) -> [Int] {
        guard let kept = keptLanes(axis) else { return lanes }
        var places: [Int: [Int]] = [:]
        for (place, lane) in kept.enumerated() { places[lane, default: []].append(place) }
        var turns: [Int: Int] = [:]
        var result: [Int] = []
        for position in keptLanes(reader) ?? Array(lanes.indices) {
            let turn = turns[position, default: 0]
            turns[position] = turn + 1
            guard lanes.indices.contains(position), let found = places[lanes[position]] else {
                throw GraphError("lane \(position) of \(reader) is kept, but what it reads is not")
            }
            result.append(found[turn % found.count])
        }
        return result
    }
}
