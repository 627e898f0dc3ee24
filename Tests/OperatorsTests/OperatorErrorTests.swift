import Graph
import Operators
import Testing
import Torch

@Suite("Operators refuse what does not fit")
struct OperatorErrorTests {
    /// One mistake and a part of the message that names it.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let type: String
        var domain = ""
        var attributes: Attributes = [:]
        var inputs: [[Int]] = []
        var constants: [Int: [Int]] = [:]
        var outputs = 1
        var set = OperatorSignature.currentOperatorSet
        var element = DType.float32
        let message: String

        var testDescription: String { "\(type): \(message)" }
    }

    static let attributes: [Mistake] = [
        Mistake(type: "Conv", attributes: ["group": .integer(0)], message: "group must be at least 1, got 0"),
        Mistake(type: "Conv", attributes: ["strides": .integers([1, -1])], message: "strides must be in 1"),
        Mistake(
            type: "Conv", attributes: ["strides": .float(1)], message: "strides must be a list of integers"),
        Mistake(type: "Conv", attributes: ["dilations": .integers([1 << 40])], message: "got 1099511627776"),
        Mistake(type: "Conv", attributes: ["pads": .integers([0, -1])], message: "pads must be in 0"),
        Mistake(
            type: "Conv", attributes: ["pads": .integers([0, 1, 1])], message: "two amounts per spatial axis"),
        Mistake(type: "Conv", attributes: ["auto_pad": .string("SAME")], message: "auto_pad must be NOTSET"),
        Mistake(
            type: "Conv", attributes: ["strides": .integers([1]), "dilations": .integers([1, 1])],
            message: "must be of one length"),
        Mistake(
            type: "ConvTranspose", attributes: ["output_padding": .integers([-1])], message: "output_padding"),
        Mistake(type: "ConvTranspose", attributes: ["output_shape": .integers([0])], message: "output_shape"),
        Mistake(type: "MaxPool", message: "kernel_shape is missing"),
        Mistake(
            type: "MaxPool", attributes: ["kernel_shape": .integers([0])],
            message: "kernel_shape must be in 1"),
        Mistake(
            type: "MaxPool", attributes: ["kernel_shape": .integers([2])], outputs: 3,
            message: "at most 2 outputs"),
        Mistake(type: "BatchNormalization", attributes: ["epsilon": .float(-1)], message: "epsilon"),
        Mistake(type: "BatchNormalization", attributes: ["momentum": .float(.nan)], message: "momentum"),
        Mistake(type: "BatchNormalization", attributes: ["spatial": .integer(0)], message: "spatial"),
        Mistake(type: "BatchNormalization", outputs: 3, message: "training_mode"),
        Mistake(
            type: "Dropout", attributes: ["ratio": .float(1)], set: 11, message: "ratio must be in [0, 1)"),
        Mistake(type: "Gemm", attributes: ["alpha": .integer(1)], message: "alpha must be a float"),
        Mistake(type: "Celu", attributes: ["alpha": .float(0)], message: "alpha must be positive"),
        Mistake(type: "LeakyRelu", attributes: ["alpha": .float(.infinity)], message: "alpha must be finite"),
        Mistake(type: "Gelu", attributes: ["approximate": .string("fast")], message: "approximate must be"),
        Mistake(type: "Concat", inputs: [[1]], message: "axis is missing"),
        Mistake(
            type: "Transpose", attributes: ["perm": .integers([0, 0])], message: "must be a permutation"),
        Mistake(type: "Pad", attributes: ["mode": .string("fold")], message: "mode must be constant"),
        Mistake(type: "Pad", set: 2, message: "pads is missing"),
        Mistake(type: "Slice", set: 9, message: "starts and ends"),
        Mistake(
            type: "Split", attributes: ["split": .integers([1, -1])], outputs: 2, set: 11,
            message: "non-negative"),
        Mistake(
            type: "Split", attributes: ["num_outputs": .integer(3)], outputs: 2, set: 18,
            message: "num_outputs"),
        Mistake(type: "Constant", message: "needs one of value"),
        Mistake(type: "Max", message: "at least 1 input"),
    ]

    static let shapes: [Mistake] = [
        Mistake(type: "Conv", inputs: [[1, 3, 5, 5]], message: "input 1 is missing"),
        Mistake(
            type: "Conv", inputs: [[1, 3, 5, 5], [4, 2, 3, 3]], message: "does not fit input [1, 3, 5, 5]"),
        Mistake(type: "Conv", inputs: [[1, 3, 5, 5], [4, 3, 3]], message: "the weight must have 4 axes"),
        Mistake(
            type: "Conv", inputs: [[1, 3], [4, 3]], message: "must have 3 to 5 axes, got shape [1, 3]"),
        Mistake(
            type: "Conv", inputs: [[1, 3, 2], [4, 3, 3]], message: "extent 3 does not fit spatial axis 0"),
        Mistake(type: "Conv", inputs: [[1, 3, 2], [4, 3, 0]], message: "kernel's lengths must be in 1"),
        Mistake(
            type: "Conv", inputs: [[1, 3, 5], [4, 3, 3], [3]], message: "the bias must have shape [4]"),
        Mistake(
            type: "Conv", attributes: ["group": .integer(2)], inputs: [[1, 4, 5], [3, 2, 3]],
            message: "3 output channels do not split into 2 groups"),
        Mistake(
            type: "Conv", attributes: ["group": .integer(.max)], inputs: [[1, 4, 5], [3, 2, 3]],
            message: "does not fit input"),
        Mistake(
            type: "Conv", attributes: ["kernel_shape": .integers([2])], inputs: [[1, 4, 5], [3, 4, 3]],
            message: "kernel_shape is [2], the weight has [3]"),
        Mistake(
            type: "Conv", inputs: [[1, 3, 5], [4, 3, 3]], element: .int64, message: "elements of type int64"),
        Mistake(
            type: "ConvTranspose", attributes: ["output_padding": .integers([1])],
            inputs: [[1, 3, 5], [3, 4, 3]],
            message: "needs a larger stride or dilation"),
        Mistake(
            type: "ConvTranspose", attributes: ["pads": .integers([3, 3])], inputs: [[1, 3, 2], [3, 4, 3]],
            message: "would get -2 positions"),
        Mistake(
            type: "BatchNormalization", inputs: [[1, 3], [3], [3], [3], [4]], message: "the variance must"),
        Mistake(type: "Gemm", inputs: [[2, 3], [4, 3]], message: "matrices [2, 3] and [4, 3] do not fit"),
        Mistake(type: "Gemm", inputs: [[2, 3], [3, 4], [3]], message: "do not broadcast"),
        Mistake(
            type: "Gemm", inputs: [[1, 3], [3, 4], [2, 4]], message: "the addend [2, 4] does not broadcast"),
        Mistake(type: "Gemm", inputs: [[3], [3, 4]], message: "the left matrix must have 2 axes"),
        Mistake(type: "MatMul", inputs: [[2, 3], [4, 3]], message: "do not fit"),
        Mistake(type: "MatMul", inputs: [[], [4, 3]], message: "needs vectors or matrices"),
        Mistake(type: "Add", inputs: [[2, 3], [2]], message: "shapes [2, 3], [2] do not broadcast"),
        Mistake(type: "Add", inputs: [[1 << 40, 1], [1, 1 << 40]], message: "too large"),
        Mistake(
            type: "PRelu", inputs: [[3], [2, 3]], message: "the slope [2, 3] does not broadcast to [3]"),
        Mistake(type: "Sigmoid", inputs: [[3]], element: .int64, message: "elements of type int64"),
        Mistake(type: "Neg", inputs: [[3]], element: .bool, message: "elements of type bool"),
        Mistake(type: "Clip", inputs: [[3], [2]], message: "a bound must be a scalar"),
        Mistake(
            type: "Concat", attributes: ["axis": .integer(0)], inputs: [[2, 3], [2, 4]],
            message: "must have shape"),
        Mistake(
            type: "Concat", attributes: ["axis": .integer(2)], inputs: [[2, 3]],
            message: "axis must be in [-2, 2)"),
        Mistake(type: "Flatten", attributes: ["axis": .integer(-3)], inputs: [[2, 3]], message: "got -3"),
        Mistake(
            type: "Reshape", inputs: [[2, 3], [1]], message: "input 1 is unknown until the network runs"),
        Mistake(
            type: "Reshape", inputs: [[2, 3], []], constants: [1: [4, -1]],
            message: "does not fit input [2, 3]"),
        Mistake(
            type: "Reshape", inputs: [[2, 3], []], constants: [1: [-1, -1]], message: "two dimensions open"),
        Mistake(
            type: "Reshape", inputs: [[2, 3], []], constants: [1: [6, -2]], message: "a dimension of -2"),
        Mistake(type: "Reshape", inputs: [[2, 3], []], constants: [1: [2, 3, 0]], message: "keeps axis 2"),
        Mistake(
            type: "Reshape", inputs: [[2, 3], []], constants: [1: [1 << 32, 1 << 32]], message: "is too large"
        ),
        Mistake(
            type: "Slice", inputs: [[4], [], []], constants: [1: [0], 2: [1, 2]], message: "1 starts, 2 ends"),
        Mistake(
            type: "Slice", inputs: [[4], [], [], [], []], constants: [1: [0], 2: [1], 3: [0], 4: [0]],
            message: "a step of 0"),
        Mistake(
            type: "Slice", inputs: [[4, 4], [], [], []], constants: [1: [0, 0], 2: [1, 1], 3: [1, -1]],
            message: "sliced twice"),
        Mistake(type: "Split", inputs: [[5]], outputs: 2, message: "does not split into 2 equal parts"),
        Mistake(
            type: "Split", inputs: [[5], []], constants: [1: [2, .max]], outputs: 2, message: "is too large"),
        Mistake(
            type: "Split", inputs: [[5], []], constants: [1: [2, 2]], outputs: 2, message: "do not make up"),
        Mistake(
            type: "Split", attributes: ["num_outputs": .integer(4)], inputs: [[5]], outputs: 4, set: 18,
            message: "too short for 4 parts"),
        Mistake(type: "Pad", inputs: [[2], []], constants: [1: [-2, -1]], message: "cannot crop -2 and -1"),
        Mistake(type: "Pad", inputs: [[2], []], constants: [1: [.max, 1]], message: "is too large"),
        Mistake(
            type: "Pad", inputs: [[2], []], constants: [1: [1]], message: "two amounts for each of 1 axes"),
        Mistake(
            type: "Pad", attributes: ["mode": .string("reflect")], inputs: [[2], []], constants: [1: [2, 0]],
            message: "cannot mirror 2 and 0"),
        Mistake(
            type: "Pad", attributes: ["mode": .string("edge")], inputs: [[0], []], constants: [1: [1, 0]],
            message: "is empty and cannot be extended"),
        Mistake(
            type: "Transpose", attributes: ["perm": .integers([1, 0])], inputs: [[2]],
            message: "2 entries for 1"),
        Mistake(type: "Softmax", inputs: [[]], message: "axis must be in [0, 0)"),
        Mistake(type: "ReduceMean", inputs: [[2, 0]], message: "axis 1 of shape [2, 0] is empty"),
        Mistake(
            type: "ReduceMean", attributes: ["axes": .integers([0, -2])], inputs: [[2, 1]],
            message: "reduced twice"),
        Mistake(type: "GlobalAveragePool", inputs: [[2, 3]], message: "must have 3 to 8 axes"),
        Mistake(
            type: "AveragePool", attributes: ["kernel_shape": .integers([2, 2])], inputs: [[1, 1, 4]],
            message: "a window over 2 axes does not fit 1 spatial axes"),
        Mistake(
            type: "BiasAdd", domain: "com.microsoft", inputs: [[2, 3], [3], [2, 3]],
            message: "the input must have 3 axes"),
        Mistake(
            type: "BiasAdd", domain: "com.microsoft", inputs: [[2, 3, 4], [3], [2, 3, 4]],
            message: "the bias must have shape [4]"),
        Mistake(
            type: "BiasAdd", domain: "com.microsoft", inputs: [[2, 3, 4], [4], [3, 4]],
            message: "the skip connection must have shape [2, 3, 4]"),
        Mistake(
            type: "BiasAdd", domain: "com.microsoft", inputs: [[2, 3, 4], [4]], message: "input 2 is missing"),
    ]

    private func make(_ mistake: Mistake) throws -> any Operator {
        try OperatorRegistry.make(
            mistake.type, domain: mistake.domain, attributes: mistake.attributes,
            inputCount: mistake.inputs.count,
            outputCount: mistake.outputs, operatorSet: mistake.set)
    }

    @Test("attributes that are wrong in themselves", arguments: attributes + networkAttributes)
    func wrongAttributes(_ mistake: Mistake) throws {
        let error = try #require(#expect(throws: GraphError.self) { try make(mistake) })
        #expect(error.message.contains(mistake.message), "\(error.message)")
        #expect(error.message.hasPrefix(mistake.type))
    }

    @Test("inputs that do not fit", arguments: shapes + networkShapes)
    func wrongInputs(_ mistake: Mistake) throws {
        let op = try make(mistake)
        let constants = try mistake.inputs.indices.map { try mistake.constants[$0].map { try Tensor($0) } }
        let types = mistake.inputs.enumerated().map { index, shape in
            constants[index]?.tensorType ?? TensorType(mistake.element, shape)
        }
        let inputs = OperatorInputs(types: types, constants: constants)
        let error = try #require(#expect(throws: GraphError.self) { try op.inferredTypes(inputs) })
        #expect(error.message.contains(mistake.message), "\(error.message)")
    }
}
