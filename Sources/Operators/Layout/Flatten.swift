internal import Graph
internal import Torch

/// Merges the axes before `axis` into one and those from it on into another.
struct Flatten: Operator {
    static let type = "Flatten"

    private let axis: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        axis = try attributes.integer("axis", default: 1)
    }

    var attributes: Attributes { axis == 1 ? [:] : ["axis": .integer(axis)] }

    private func outputShape(_ shape: [Int]) throws(GraphError) -> [Int] {
        let axis = try resolvedAxis(rank: shape.count)
        return [try Checked.product(Array(shape[..<axis])), try Checked.product(Array(shape[axis...]))]
    }

    private func resolvedAxis(rank: Int) throws(GraphError) -> Int {
        // The axis may be one past the last.
        axis == rank ? rank : try Checked.axis(axis, rank: rank)
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        return [try .output(input.element, outputShape(input.shape))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        return [try input.reshaped(outputShape(input.shape))]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let shape = try inputs.type(0).shape
        let axis = try resolvedAxis(rank: shape.count)
        return blocks(axis, shape, outputs).filter { $0.count == 1 }.flatMap { $0 }
    }

    func axisAlternatives(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [[AxisLink]] {
        let shape = try inputs.type(0).shape
        let axis = try resolvedAxis(rank: shape.count)
        return blocks(axis, shape, outputs).filter { $0.count > 1 }
    }

    private func blocks(_ axis: Int, _ shape: [Int], _ outputs: [TensorType]) -> [[AxisLink]] {
        guard let output = outputs.first?.shape, !shape.contains(0) else { return [] }
        return [
            FactorBlock(old: Array(0..<axis), new: [0]),
            FactorBlock(old: Array(axis..<shape.count), new: [1]),
        ].map { $0.alternatives(old: shape, new: output) }
    }
}
