internal import Graph
internal import Torch

/// Sequences of a batch, each with a number of its first positions reversed.
struct ReverseSequence: Operator {
    static let type = "ReverseSequence"

    private let batchAxis: Int
    private let timeAxis: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        batchAxis = try attributes.integer("batch_axis", default: 1)
        timeAxis = try attributes.integer("time_axis", default: 0)
        guard Set([batchAxis, timeAxis]) == [0, 1] else {
            throw GraphError(
                "attributes batch_axis and time_axis must be 0 and 1, got \(batchAxis) and \(timeAxis)")
        }
    }

    var attributes: Attributes {
        batchAxis == 1 ? [:] : ["batch_axis": .integer(0), "time_axis": .integer(1)]
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, lengths) = (try inputs.type(0), try inputs.type(1))
        guard input.rank >= 2 else { throw GraphError("needs 2 axes, got shape \(input.shape)") }
        try lengths.requireElement(.int64, "the lengths")
        try lengths.requireShape([input.shape[batchAxis]], "the lengths")
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let shape = input.shape
        let lengths = try inputs.required(1).integers()
        guard shape.count >= 2, lengths.count == shape[batchAxis],
            lengths.allSatisfy({ $0 >= 0 && $0 <= shape[timeAxis] })
        else { throw GraphError("lengths \(lengths) do not fit shape \(shape)") }
        var places = [Int](repeating: 0, count: shape[0] * shape[1])
        for (batch, length) in lengths.enumerated() {
            for time in 0..<shape[timeAxis] {
                let source = time < length ? length - 1 - time : time
                let (row, column) = batchAxis == 0 ? (batch, time) : (time, batch)
                let (from, other) = batchAxis == 0 ? (batch, source) : (source, batch)
                places[row * shape[1] + column] = from * shape[1] + other
            }
        }
        let flat = try input.reshaped([shape[0] * shape[1]] + shape[2...])
        return [try flat.selecting(axis: 0, places).reshaped(shape)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        try AxisLink.allSame(.input(0), .output(0), axes: inputs.type(0).shape.indices.dropFirst(2))
            + [
                .same(.input(0, batchAxis), .output(0, batchAxis)),
                .same(.input(1, 0), .output(0, batchAxis)),
            ]
    }
}
