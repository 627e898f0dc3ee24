package import Graph
package import Torch

/// A convolution along channels [n, 1, channels], as in efficient channel attention, after some channels were
/// removed.
///
/// Every channel keeps its place, and the places of removed channels count as zeros. The inputs are those of
/// Conv, with a weight [1, 1, kernel] and an optional bias, and the places [channels] among the `length`
/// channels that there were at first. It exists in graphs only; in a file it is a Conv, between Gathers if
/// some of the places are empty.
package struct NeighbourConv: Operator {
    package static let type = "NeighbourConv"
    /// Its own domain keeps it apart from nodes of files.
    package static let domain = BranchChoice.domain
    /// The attribute that Conv does not have.
    package static let lengthName = "length"
    /// The input that holds the places.
    package static let placesInput = 3

    /// The number of channels that there were at first.
    package let length: Int
    private let convolution: Conv

    package init(attributes: Attributes, signature: OperatorSignature) throws {
        length = try attributes.integer(Self.lengthName, default: 0)
        convolution = try Conv(attributes: attributes, signature: signature)
        guard convolution.groups == 1 else { throw GraphError("a single channel has no groups") }
    }

    package var attributes: Attributes {
        var result = convolution.attributes
        result[Self.lengthName] = .integer(length)
        return result
    }

    /// Returns the input of the convolution, zeros included.
    private func part(_ inputs: OperatorInputs) throws -> OperatorInputs {
        let input = try inputs.type(0)
        try input.requireRank(3...3, "channels in a row")
        return OperatorInputs(
            types: [
                TensorType(input.element, [input.shape[0], input.shape[1], length]), try inputs.type(1),
                inputs.optionalType(2),
            ])
    }

    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, places) = (try inputs.type(0), try inputs.type(Self.placesInput))
        let dense = try part(inputs)
        guard try convolution.inferredTypes(dense) == [dense.type(0)] else {
            throw GraphError("the convolution does not make as many channels as it reads")
        }
        try places.requireElement(.int64, "the places")
        try places.requireShape([input.shape[2]], "the places")
        return [input]
    }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let places = try inputs.required(Self.placesInput).integers()
        // Empty places read a zero that follows the channels.
        var sources = [Int](repeating: places.count, count: length)
        for (channel, place) in places.enumerated() {
            guard sources.indices.contains(place) else {
                throw GraphError("place \(place) is not among \(length)")
            }
            sources[place] = channel
        }
        let dense = try input.padded([(0, 0), (0, 0), (0, 1)]).selecting(axis: 2, sources)
        return try convolution.evaluate([dense, inputs.required(1), inputs.optional(2)], in: &context).map {
            try $0.selecting(axis: 2, places)
        }
    }

    package func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(.input(0), .output(0), axes: [0, 2])
    }

    package func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let part = try? part(inputs), let dense = part.optionalType(0) else { return OperatorCost() }
        return convolution.cost(part, outputs: [dense])
    }

    package func resizedConstants(_ change: AxisChange) throws -> [Int: Tensor] {
        let places = try change.inputs.value(Self.placesInput)
        guard let kept = change.keptLanes(.input(0, 2)) else { return [Self.placesInput: places] }
        return [Self.placesInput: try places.selecting(axis: 0, kept)]
    }
}
