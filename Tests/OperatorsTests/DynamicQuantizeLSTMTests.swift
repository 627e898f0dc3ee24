import Graph
import Operators
import Testing
import Torch

@Suite("An LSTM of quantised weights")
struct DynamicQuantizeLSTMTests {
    /// The numbers start + (0, step, 2 step, ...) modulo a range, over a divisor.
    private func pattern(_ shape: [Int], step: Int, range: Int, start: Double = 0, divisor: Double = 1) throws
        -> Tensor
    {
        try Tensor(
            (0..<shape.reduce(1, *)).map { Float((Double($0 * step % range) + start) / divisor) },
            shape: shape)
    }

    @Test("computes what ONNX Runtime does, in both directions, with scales per column and for all")
    func golden() throws {
        let op = try OperatorRegistry.make(
            "DynamicQuantizeLSTM", domain: "com.microsoft",
            attributes: ["hidden_size": .integer(2), "direction": .string("bidirectional")], inputCount: 12,
            outputCount: 3)
        let outputs = try op.outputs([
            pattern([3, 1, 3], step: 29, range: 64, start: -32, divisor: 32),
            pattern([2, 3, 8], step: 37, range: 100, start: -50).converted(to: .int8),
            pattern([2, 2, 8], step: 53, range: 100, start: -50).converted(to: .int8),
            pattern([2, 16], step: 7, range: 20, start: -10, divisor: 20), nil, nil, nil, nil,
            pattern([2, 8], step: 3, range: 8, start: 4, divisor: 400),
            Tensor(repeating: 0, shape: [2, 8], type: .int8),
            Tensor([Float(0.02), 0.01]), Tensor(repeating: 0, shape: [2], type: .int8),
        ])
        // ONNX Runtime 1.32.
        let expected: [[Float]] = [
            [
                0.0083912, -0.0818758, 0.0596675, -0.0792158, 0.0265133, -0.1060988, 0.0627664, -0.0355361,
                0.0100364, -0.1137128, 0.0337246, -0.0312529,
            ],
            [0.0100364, -0.1137128, 0.0596675, -0.0792158],
            [0.0178075, -0.2544948, 0.2013222, -0.1749523],
        ]
        for (output, numbers) in zip(outputs, expected) {
            let wanted = try Tensor(numbers, shape: output.shape)
            #expect(try difference(output, wanted) == nil)
        }
    }

    @Test("refuses scales that fit no matrix")
    func scales() throws {
        let op = try OperatorRegistry.make(
            "DynamicQuantizeLSTM", domain: "com.microsoft", attributes: ["hidden_size": .integer(2)],
            inputCount: 12)
        let types = [
            TensorType(.float32, [3, 1, 3]), TensorType(.int8, [1, 3, 8]), TensorType(.int8, [1, 2, 8]), nil,
            nil,
            nil, nil, nil, TensorType(.float32, [3]), nil, TensorType(.float32, [1]), nil,
        ]
        let error = #expect(throws: GraphError.self) {
            try op.inferredTypes(OperatorInputs(types: types))
        }
        #expect(error?.message.contains("[3] does not fit [1, 3, 8]") == true)
    }
}
