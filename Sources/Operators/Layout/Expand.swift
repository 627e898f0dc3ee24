internal import Graph
internal import Torch

/// The tensor stretched to the common shape of its own and a given one, as in NumPy's broadcasting.
struct Expand: Operator {
    static let type = "Expand"

    init(attributes: Attributes, signature: OperatorSignature) throws {}

    var attributes: Attributes { [:] }

    private func outputShape(_ input: [Int], _ requested: [Int]) throws(GraphError) -> [Int] {
        if let negative = requested.first(where: { $0 < 0 }) {
            throw GraphError("shape \(requested) has a dimension of \(negative)")
        }
        return try Broadcasting.shape([input, requested])
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        return [try .output(input.element, outputShape(input.shape, inputs.integers(1)))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        return [try input.expanded(to: outputShape(input.shape, inputs.required(1).integers()))]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        guard let output = outputs.first?.shape else { return [] }
        let input = try inputs.type(0).shape
        let links = Broadcasting.links(input: 0, input, output: output, role: .bias)
        // Copies along a stretched axis can be removed one by one.
        let covered = Set(links.map(\.second.axis))
        return links
            + output.indices.filter { !covered.contains($0) }.map { .same(.output(0, $0), .output(0, $0)) }
    }

    func resizedConstants(_ change: AxisChange) throws -> [Int: Tensor] {
        let requested = try change.inputs.integers(1)
        let offset = (change.outputs.first?.rank ?? 0) - requested.count
        guard offset >= 0 else { return [:] }
        var result = requested
        for (index, length) in requested.enumerated() where length > 1 {
            result[index] = try change.lengthAfter(.output(0, index + offset))
        }
        return [1: try Tensor(result)]
    }
}
