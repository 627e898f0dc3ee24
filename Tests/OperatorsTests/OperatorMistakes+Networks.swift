import Graph
import Torch

extension OperatorErrorTests {
    static let networkAttributes: [Mistake] = [
        Mistake(type: "LayerNormalization", attributes: ["epsilon": .float(-1)], message: "epsilon"),
        Mistake(type: "LayerNormalization", outputs: 4, message: "at most 3 outputs, got 4"),
        Mistake(type: "GroupNormalization", message: "num_groups must be at least 1, got 0"),
        Mistake(type: "LRN", message: "size must be at least 1, got 0"),
        Mistake(type: "Swish", attributes: ["alpha": .float(.nan)], message: "alpha must be finite"),
        Mistake(type: "Cast", message: "attribute to is missing"),
        Mistake(type: "Cast", attributes: ["to": .integer(8)], message: "to names element type 8"),
        Mistake(type: "EyeLike", attributes: ["dtype": .integer(99)], message: "dtype names element type 99"),
        Mistake(type: "Unsqueeze", set: 11, message: "axes is missing"),
        Mistake(type: "Tile", set: 5, message: "versions before 6"),
        Mistake(type: "DepthToSpace", message: "blocksize must be in 1"),
        Mistake(
            type: "DepthToSpace", attributes: ["blocksize": .integer(2), "mode": .string("XYZ")],
            message: "mode must be DCR or CRD, got XYZ"),
        Mistake(
            type: "ScatterND", attributes: ["reduction": .string("mean")], message: "got mean"),
        Mistake(
            type: "Resize", attributes: ["coordinate_transformation_mode": .string("guessed")],
            message: "coordinate_transformation_mode is guessed, which is not supported"),
        Mistake(type: "Resize", set: 9, message: "version 10"),
        Mistake(type: "Upsample", set: 7, message: "scales is missing"),
        Mistake(type: "GridSample", attributes: ["mode": .string("best")], message: "got best"),
        Mistake(
            type: "Einsum", attributes: ["equation": .string("ij->k")], inputs: [[2, 2]],
            message: "does not fit 1 operands"),
        Mistake(
            type: "Einsum", attributes: ["equation": .string("i->j->k")], inputs: [[2]], message: "two arrows"
        ),
        Mistake(
            type: "LSTM", attributes: ["activation_alpha": .floats([1])],
            message: "more numbers than needed"),
        Mistake(
            type: "LSTM", attributes: ["activations": .strings(["Swish", "Tanh", "Tanh"])],
            message: "activations names Swish"),
        Mistake(
            type: "GRU", attributes: ["activations": .strings(["Tanh"])], message: "must have 2 names, got 1"),
        Mistake(type: "RNN", attributes: ["direction": .string("up")], message: "got up"),
        Mistake(type: "Attention", outputs: 5, message: "at most 4 outputs, got 5"),
        Mistake(type: "Attention", attributes: ["left_window_size": .integer(-2)], message: "got -2 and -1"),
        Mistake(
            type: "Attention", attributes: ["qk_matmul_output_mode": .integer(4)],
            message: "must be in 0...3, got 4"),
    ]

    static let networkShapes: [Mistake] = [
        Mistake(type: "LayerNormalization", inputs: [[2, 3], [4]], message: "do not broadcast"),
        Mistake(type: "LayerNormalization", inputs: [[3], [2, 3]], message: "does not fit [3]"),
        Mistake(
            type: "GroupNormalization", attributes: ["num_groups": .integer(2)],
            inputs: [[1, 3, 2], [3], [3]],
            message: "does not have 2 groups"),
        Mistake(type: "Squeeze", inputs: [[2, 1], []], constants: [1: [0]], message: "is not of length 1"),
        Mistake(type: "Unsqueeze", inputs: [[2], []], constants: [1: [0, 0]], message: "named twice"),
        Mistake(type: "Expand", inputs: [[2, 3], []], constants: [1: [2]], message: "do not broadcast"),
        Mistake(type: "Expand", inputs: [[1], []], constants: [1: [-1]], message: "a dimension of -1"),
        Mistake(type: "Tile", inputs: [[2, 3], []], constants: [1: [2]], message: "2 numbers of copies"),
        Mistake(type: "Tile", inputs: [[2], []], constants: [1: [.max]], message: "is too large"),
        Mistake(
            type: "Gather", inputs: [[2, 3], []], constants: [1: [2]], message: "index 2 is outside axis 0"),
        Mistake(type: "Gather", inputs: [[2, 3], [1]], message: "must hold int64 or int32, got float32"),
        Mistake(
            type: "Range", inputs: [[], [], []], message: "input 0 is unknown until the network runs"),
        Mistake(
            type: "Range", inputs: [[], [], []], constants: [0: [0], 1: [5], 2: [0]], message: "the step is 0"
        ),
        Mistake(
            type: "Range", inputs: [[], [], []], constants: [0: [0], 1: [.max], 2: [1]], message: "numbers"),
        Mistake(
            type: "ConstantOfShape", inputs: [[]], constants: [0: [2, -1]], message: "a dimension of -1"),
        Mistake(type: "NonZero", inputs: [[3]], message: "input 0 is unknown until the network runs"),
        Mistake(type: "TopK", inputs: [[3], []], constants: [1: [4]], message: "cannot take [4] elements"),
        Mistake(type: "ArgMax", inputs: [[0]], message: "is empty"),
        Mistake(type: "Trilu", inputs: [[3]], message: "needs a matrix"),
        Mistake(type: "Where", inputs: [[2], [2], [2]], message: "the condition must hold bool"),
        Mistake(type: "And", inputs: [[2], [2]], message: "elements of type float32"),
        Mistake(
            type: "Mod", inputs: [[2], [1]], constants: [0: [3, 4], 1: [0]], message: "the divisor is 0"),
        Mistake(type: "Resize", inputs: [[1, 1, 2]], message: "neither scales nor sizes"),
        Mistake(
            type: "Einsum", attributes: ["equation": .string("ij,jk->ik")], inputs: [[2, 3], [4, 5]],
            message: "axes of lengths 3 and 4"),
        Mistake(
            type: "LSTM", inputs: [[3, 1, 2], [1, 12, 2], [1, 8, 3]],
            message: "the recurrent weight must have"),
        Mistake(
            type: "Attention", inputs: [[1, 2, 8], [1, 2, 8], [1, 2, 8]],
            message: "q_num_heads and kv_num_heads"),
        Mistake(
            type: "Attention", inputs: [[1, 3, 2, 4], [1, 2, 2, 4], [1, 2, 2, 4]], message: "do not fit"),
    ]
}
