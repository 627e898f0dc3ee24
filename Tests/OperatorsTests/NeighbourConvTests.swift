import Graph
import Operators
import Testing
import Torch

@Suite("A convolution along channels of which some are gone")
struct NeighbourConvTests {
    private let weight: Tensor
    private let input: Tensor

    init() throws {
        weight = try Tensor([Float(0.5), -1, 2], shape: [1, 1, 3])
        input = try Tensor((0..<12).map { Float($0 * 5 % 7) - 2.5 }, shape: [2, 1, 6])
    }

    private func output(_ input: Tensor, places: [Int]) throws -> Tensor {
        let op = try NeighbourConv(
            attributes: ["pads": .integers([1, 1]), "length": .integer(6)],
            signature: OperatorSignature(inputCount: 4))
        let inputs = [input, weight, nil, try Tensor(places)]
        #expect(
            try op.inferredTypes(OperatorInputs(types: inputs.map { $0?.tensorType })) == [input.tensorType])
        return try #require(try op.outputs(inputs).first)
    }

    @Test("is a convolution where none is")
    func all() throws {
        let conv = try OperatorRegistry.make(
            "Conv", attributes: ["pads": .integers([1, 1])], inputCount: 2)
        let expected = try #require(try conv.outputs([input, weight]).first)
        #expect(try output(input, places: Array(0..<6)).floats() == expected.floats())
    }

    @Test("computes of the others what it does of all when those are zeros")
    func some() throws {
        let kept = [0, 2, 3, 5]
        let zeros = try input.multiplied(by: Tensor([Float(1), 0, 1, 1, 0, 1], shape: [1, 1, 6]))
        let expected = try output(zeros, places: Array(0..<6)).selecting(axis: 2, kept)
        #expect(try output(input.selecting(axis: 2, kept), places: kept).floats() == expected.floats())
        #expect(throws: GraphError.self) { try output(input, places: [0, 1, 2, 3, 4, 6]) }
    }

    @Test("keeps the places of the channels that stay")
    func resizing() throws {
        let op = try NeighbourConv(
            attributes: ["pads": .integers([1, 1]), "length": .integer(6)],
            signature: OperatorSignature(inputCount: 4))
        let places = try Tensor([0, 2, 3, 5])
        let channels = TensorType(.float32, [2, 1, 4])
        let inputs = OperatorInputs(
            types: [channels, weight.tensorType, nil, places.tensorType],
            constants: [nil, weight, nil, places])
        let links = try op.axisLinks(inputs, outputs: [channels])
        #expect(links.map(\.first) == [.input(0, 0), .input(0, 2)])
        let change = AxisChange(
            inputs: inputs, outputs: [channels], kept: [.input(0, 2): [1, 3], .output(0, 2): [1, 3]])
        #expect(try op.resizedConstants(change)[3]?.integers() == [2, 5])
    }
}
