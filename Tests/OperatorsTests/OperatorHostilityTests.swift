import Graph
import Operators
import Testing
import Torch

/// A trap ends the whole test run: these tests fail by not coming back.
@Suite("Hostile attributes, constants and shapes")
struct OperatorHostilityTests {
    private static let names = [
        "axes", "axis", "dilations", "ends", "group", "kernel_shape", "num_outputs", "output_padding",
        "output_shape", "pads", "perm", "shape", "split", "starts", "strides", "allowzero", "ceil_mode",
        "count_include_pad", "keepdims", "broadcast", "batch_dims", "blocksize", "end", "k", "num_groups",
        "size",
        "start",
    ]
    private static let extreme = [
        .min, .min + 1, -(1 << 40), -1, 0, 1, 2, 1 << 20, 1 << 31, 1 << 40, 1 << 62, .max - 1, Int.max,
    ]

    /// Changes some attributes of a case.
    private static func mutated(
        _ attributes: Attributes, _ values: [Int], _ generator: inout SplitMixGenerator
    ) -> Attributes {
        var result = attributes
        for _ in 0..<Int.random(in: 1...2, using: &generator) {
            let present = result.names.filter {
                switch result[$0] {
                case .integer?, .integers?: true
                default: false
                }
            }
            let isKnown = !present.isEmpty && Int.random(in: 0..<4, using: &generator) > 0
            guard let name = (isKnown ? present : names).randomElement(using: &generator),
                let value = values.randomElement(using: &generator)
            else { continue }
            switch result[name] {
            case .integers(var list)? where !list.isEmpty:
                list[Int.random(in: 0..<list.count, using: &generator)] = value
                result[name] = .integers(list)
            case .integer?:
                result[name] = .integer(value)
            default:
                let list = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                    values.randomElement(using: &generator) ?? 0
                }
                result[name] = Bool.random(using: &generator) ? .integer(value) : .integers(list)
            }
        }
        return result
    }

    /// Changes one element of integer constants, now and then.
    private static func mutated(
        _ tensors: [Tensor?], _ values: [Int], _ generator: inout SplitMixGenerator
    ) throws -> [Tensor?] {
        try tensors.map { tensor in
            guard let tensor, tensor.type == .int64, tensor.rank == 1, tensor.count > 0,
                Bool.random(using: &generator)
            else { return tensor }
            var list = try tensor.integers()
            list[Int.random(in: 0..<list.count, using: &generator)] =
                values.randomElement(using: &generator) ?? 0
            return try Tensor(list)
        }
    }

    @Test("throw or work, but never trap", arguments: OperatorTable.rows)
    func extremes(_ row: OperatorCase) throws {
        var generator = SplitMixGenerator(seed: 11)
        let tensors = try row.tensors()
        var accepted = 0
        for _ in 0..<120 {
            let attributes =
                Int.random(in: 0..<3, using: &generator) > 0
                ? Self.mutated(row.attributes, Self.extreme, &generator) : row.attributes
            guard let op = try? row.makeOperator(attributes) else { continue }
            let constants = try Self.mutated(tensors, Self.extreme, &generator)
            let types = constants.enumerated().map { index, tensor -> TensorType? in
                guard var type = tensor?.tensorType, index == 0 || type.element != .int64 else {
                    return tensor?.tensorType
                }
                if Int.random(in: 0..<3, using: &generator) == 0, !type.shape.isEmpty {
                    let axis = Int.random(in: 0..<type.shape.count, using: &generator)
                    type.shape[axis] = max(Self.extreme.randomElement(using: &generator) ?? 0, 0)
                }
                return type
            }
            let inputs = OperatorCase.operatorInputs(types: types, constants, of: op)
            guard let outputs = try? op.inferredTypes(inputs) else { continue }
            accepted += 1
            #expect(outputs.allSatisfy { $0.count != nil && $0.shape.allSatisfy { $0 >= 0 } })
            _ = try? op.axisLinks(inputs, outputs: outputs)
            _ = try? op.axisAlternatives(inputs, outputs: outputs)
            #expect(op.cost(inputs, outputs: outputs).multiplyAccumulates >= 0)
            let change = AxisChange(inputs: inputs, outputs: outputs, kept: [:])
            _ = try? op.resized(change)
            _ = try? op.resizedConstants(change)
        }
        // Without this a mutation that is never accepted would test nothing behind the attributes.
        #expect(accepted > 0)
    }

    @Test(
        "what is inferred is computed, for attributes and constants near the given ones",
        arguments: OperatorTable.rows)
    func neighbours(_ row: OperatorCase) throws {
        let seed: UInt64 = 13
        var generator = SplitMixGenerator(seed: seed)
        let tensors = try row.tensors()
        for _ in 0..<80 {
            let attributes = Self.mutated(row.attributes, Array(-3...4), &generator)
            guard let op = try? row.makeOperator(attributes) else { continue }
            let inputs = try Self.mutated(tensors, Array(-3...4), &generator)
            guard let types = try? op.inferredTypes(OperatorCase.operatorInputs(inputs, of: op)) else {
                continue
            }
            let found = try op.outputs(inputs).map(\.tensorType)
            #expect(
                found == types, "seed \(seed), \(attributes), \(inputs.compactMap { try? $0?.integers() })")
        }
    }
}
