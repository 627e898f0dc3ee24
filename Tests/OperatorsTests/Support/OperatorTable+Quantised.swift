import Graph
import Torch

/// Operators of quantised tensors, ONNX Runtime's own, and further ones of the standard.
extension OperatorTable {
    private static func microsoft(
        _ type: String, _ name: String, _ attributes: Attributes = [:], _ inputs: [InputSpecification],
        free: Int, outputs: Int = 1, statistics: [Int] = []
    ) -> OperatorCase {
        var result = row(
            type, name, attributes, inputs, free: free, outputs: outputs, statistics: statistics)
        result.domain = "com.microsoft"
        return result
    }

    /// Numbers from 0 on, each of which is that many times the step modulo the range.
    private static func codes(_ type: DType, _ shape: [Int], step: Int = 37, range: Int = 100)
        -> InputSpecification
    {
        .typed((0..<shape.reduce(1, *)).map { $0 * step % range }, shape, type)
    }

    private static func one(_ value: Int, _ type: DType) -> InputSpecification { .typed([value], [], type) }

    // A removed channel counts as zeros, which are what quantised numbers stand for where their zero points are 0.
    static let quantised: [OperatorCase] = [
        row(
            "QuantizeLinear", "one scale", [:], [.normal([2, 3, 4]), .scalar(0.05), one(3, .int8)],
            free: 2 + 3 + 4),
        row(
            "QuantizeLinear", "channels", ["axis": .integer(1)],
            [.normal([2, 3, 4]), .positive([3]), codes(.uint8, [3])], free: 2 + 3 + 4),
        row(
            "QuantizeLinear", "blocks", ["axis": .integer(-1), "block_size": .integer(2)],
            [.normal([3, 6]), .positive([3, 3])], free: 3 + 3, set: 21),
        row(
            "DequantizeLinear", "channels", ["axis": .integer(0)],
            [codes(.int8, [4, 3]), .positive([4]), codes(.int8, [4])], free: 4 + 3),
        row(
            "DequantizeLinear", "blocks that do not fill the axis",
            ["axis": .integer(0), "block_size": .integer(3)],
            [codes(.uint8, [4, 3]), .positive([2, 3])], free: 3, set: 21),
        row(
            "DynamicQuantizeLinear", "range", [:], [.doubled([2, 8], axis: 1, blocks: 1)], free: 2 + 8,
            outputs: 3, statistics: [0, 1]),
        row(
            "ConvInteger", "one group", ["pads": .integers([1, 1, 0, 0])],
            [codes(.uint8, [2, 3, 4, 4]), codes(.int8, [4, 3, 2, 2])], free: 2 + 3 + 4),
        row(
            "ConvInteger", "depthwise, zero points per channel", ["group": .integer(3)],
            [codes(.uint8, [1, 3, 4, 4]), codes(.int8, [3, 1, 2, 2]), one(0, .uint8), codes(.int8, [3])],
            free: 1 + 3),
        row(
            "QLinearConv", "scales per channel", [:],
            [
                codes(.uint8, [2, 3, 4, 4]), .scalar(0.02), one(0, .uint8), codes(.int8, [4, 3, 2, 2]),
                .positive([4]), .typed([0, 0, 0, 0], [4], .int8), .scalar(40), one(7, .uint8),
                codes(.int32, [4]),
            ], free: 2 + 3 + 4),
        row(
            "QLinearConv", "two groups", ["group": .integer(2)],
            [
                codes(.int8, [1, 4, 3, 3]), .scalar(0.02), one(0, .int8), codes(.int8, [6, 2, 2, 2]),
                .scalar(0.03), one(0, .int8), .scalar(0.6), one(-5, .int8),
            ], free: 1 + 2 + 3),
        row(
            "MatMulInteger", "zero points per row and column", [:],
            [
                codes(.uint8, [3, 4]), codes(.int8, [4, 5]), .typed([0, 0, 0], [3], .uint8),
                .typed([0, 0, 0, 0, 0], [5], .int8),
            ],
            free: 3 + 4 + 5),
        row(
            "QLinearMatMul", "scales per column", [:],
            [
                codes(.uint8, [2, 3, 4]), .scalar(0.02), one(0, .uint8), codes(.uint8, [4, 5]),
                .positive([5]), one(0, .uint8), .scalar(9), one(3, .uint8),
            ], free: 2 + 3 + 4 + 5),
    ]

    static let fused: [OperatorCase] = [
        microsoft(
            "FusedConv", "sum and activation",
            ["activation": .string("LeakyRelu"), "activation_params": .floats([0.25])],
            [.normal([2, 3, 4, 4]), .normal([4, 3, 2, 2]), .normal([4]), .normal([2, 4, 3, 3])],
            free: 2 + 3 + 4),
        microsoft(
            "FusedConv", "depthwise", ["activation": .string("Relu"), "group": .integer(3)],
            [.normal([2, 3, 4, 4]), .normal([3, 1, 2, 2])], free: 2 + 3),
        microsoft(
            "FusedMatMul", "transposed",
            ["transA": .integer(1), "transB": .integer(1), "alpha": .float(0.5)],
            [.normal([2, 4, 3]), .normal([5, 4])], free: 2 + 4 + 3 + 5),
        microsoft("Gelu", "exact", [:], [.normal([2, 3, 4])], free: 2 + 3 + 4),
        microsoft(
            "QuickGelu", "another factor", ["alpha": .float(1)], [.normal([2, 3, 4])], free: 2 + 3 + 4),
        microsoft(
            "BiasAdd", "bias and skip connection", [:],
            [.normal([2, 3, 4]), .normal([4]), .normal([2, 3, 4])], free: 2 + 3 + 4),
        microsoft("BiasGelu", "bias", [:], [.normal([2, 3, 4]), .normal([4])], free: 2 + 3 + 4),
        microsoft("FastGelu", "bias", [:], [.normal([2, 3, 4]), .normal([4])], free: 2 + 3 + 4),
        microsoft("FastGelu", "no bias", [:], [.normal([2, 3])], free: 2 + 3),
        microsoft(
            "SkipLayerNormalization", "all inputs and outputs", ["epsilon": .float(1e-3)],
            [
                .doubled([2, 3, 8], axis: 2, blocks: 1), .doubled([2, 3, 8], axis: 2, blocks: 1),
                .normal([8]), .normal([8]), .doubled([8], axis: 0, blocks: 1),
            ], free: 2 + 3 + 8, outputs: 4, statistics: [2]),
        microsoft(
            "SkipSimplifiedLayerNormalization", "without a bias", [:],
            [
                .doubled([2, 3, 8], axis: 2, blocks: 1), .doubled([2, 3, 8], axis: 2, blocks: 1),
                .normal([8]),
            ],
            free: 2 + 3 + 8, outputs: 4, statistics: [2]),
        microsoft(
            "EmbedLayerNormalization", "words and positions", [:],
            [
                .typed([0, 2, 1, 1, 0, 3], [2, 3], .int32), .absent, .normal([5, 4]), .normal([6, 4]),
                .absent,
                .normal([4]), .normal([4]),
            ], free: 4, outputs: 2),
        microsoft(
            "NhwcConv", "one group", ["pads": .integers([1, 0, 1, 0])],
            [.normal([2, 4, 4, 3]), .normal([4, 3, 2, 2]), .normal([4])], free: 2 + 3 + 4),
        microsoft(
            "NhwcConv", "depthwise", ["group": .integer(3)],
            [.normal([2, 4, 4, 3]), .normal([3, 1, 2, 2])], free: 2 + 3),
        microsoft(
            "MatMulNBits", "eight bits with zero points",
            ["K": .integer(48), "N": .integer(4), "bits": .integer(8), "block_size": .integer(16)],
            [.normal([2, 48]), codes(.uint8, [4, 3, 16]), .positive([4, 3]), codes(.uint8, [4, 3])],
            free: 2 + 3 + 4),
        microsoft(
            "MatMulNBits", "four bits and a bias",
            ["K": .integer(32), "N": .integer(3), "block_size": .integer(16)],
            [
                .normal([2, 3, 32]), codes(.uint8, [3, 2, 8]), .positive([3, 2]), .absent, .absent,
                .normal([3]),
            ],
            free: 2 + 3 + 2 + 3),
        microsoft(
            "DynamicQuantizeMatMul", "scales per column", [:],
            [
                .doubled([2, 3, 8], axis: 2, blocks: 1),
                .typed((0..<40).map { $0 * 37 % 100 }, [8, 5], .int8),
                .positive([5]), .typed([0, 0, 0, 0, 0], [5], .int8), .normal([5]),
            ], free: 2 + 3 + 8 + 5, statistics: [0, 1, 2]),
        microsoft(
            "DynamicQuantizeLSTM", "scales per column", [:],
            [
                .doubled([3, 2, 8], axis: 2, blocks: 1), codes(.int8, [1, 8, 12]), codes(.int8, [1, 3, 12]),
                .absent, .absent, .absent, .absent, .absent, .floats([0.02], [1]), .absent,
                .floats((0..<12).map { 0.001 + 0.0002 * Float($0) }, [1, 12]),
            ], free: 8 + 3, outputs: 3, statistics: [0, 1, 2]),
        microsoft(
            "Attention", "past and mask", ["num_heads": .integer(2), "unidirectional": .integer(1)],
            [
                .normal([2, 3, 6]), .normal([6, 24]), .normal([24]),
                .typed([1, 1, 1, 1, 0, 1, 1, 1, 0, 1], [2, 5], .int32), .normal([2, 2, 2, 2, 4]),
            ], free: 6 + 2, outputs: 2),
        microsoft(
            "Attention", "values of another length",
            ["num_heads": .integer(3), "qkv_hidden_sizes": .integers([6, 6, 12])],
            [.normal([2, 3, 5]), .normal([5, 24])], free: 5 + 3),
        microsoft(
            "QAttention", "one scale", ["num_heads": .integer(2)],
            [
                codes(.uint8, [1, 3, 4]), codes(.int8, [4, 12]), .normal([12]), .scalar(0.02), .scalar(0.01),
                .absent, one(0, .uint8), one(0, .int8),
            ], free: 4 + 2),
        microsoft(
            "MultiHeadAttention", "bias and past", ["num_heads": .integer(2)],
            [
                .normal([2, 3, 8]), .normal([2, 3, 8]), .normal([2, 3, 8]), .normal([24]), .absent, .absent,
                .normal([2, 2, 2, 4]), .normal([2, 2, 2, 4]),
            ], free: 2, outputs: 3),
        microsoft(
            "GroupQueryAttention", "prompt", ["num_heads": .integer(4), "kv_num_heads": .integer(2)],
            [
                .normal([2, 3, 8]), .normal([2, 3, 4]), .normal([2, 3, 4]), .absent, .absent,
                .typed([2, 2], [2], .int32), .typed([3], [], .int32),
            ], free: 0, outputs: 3),
        microsoft(
            "RotaryEmbedding", "joined heads", ["num_heads": .integer(2)],
            [
                .normal([2, 3, 8]), .integers([0, 1, 2, 3, 1, 0], [2, 3]), .normal([5, 2]), .normal([5, 2]),
            ],
            free: 2),
    ]

    static let further: [OperatorCase] = [
        row(
            "BitwiseAnd", "stretched", [:], [codes(.int32, [2, 3]), codes(.int32, [3])], free: 2 + 3, set: 18),
        row(
            "BitwiseOr", "stretched", [:], [codes(.int32, [2, 3]), codes(.int32, [3])], free: 2 + 3, set: 18),
        row(
            "BitwiseXor", "stretched", [:], [codes(.int32, [2, 3]), codes(.int32, [3])], free: 2 + 3, set: 18),
        row("BitwiseNot", "integers", [:], [codes(.int32, [2, 3])], free: 2 + 3, set: 18),
        row(
            "BitShift", "beyond the width", ["direction": .string("RIGHT")],
            [.typed([-8, 8, 100, -1], [4], .int32), .typed([1, 40, -3, 40], [4], .int32)], free: 4),
        row("BitCast", "floats", ["to": .integer(6)], [.normal([2, 3])], free: 2 + 3, set: 26),
        row("Shrink", "soft", ["bias": .float(0.25)], [.normal([2, 3])], free: 2 + 3),
        row(
            "SwiGLU", "gate", ["alpha": .float(0.5)], [.normal([2, 3]), .normal([2, 3])], free: 2 + 3, set: 28
        ),
        row(
            "CumProd", "reversed", ["reverse": .integer(1)], [.normal([2, 3, 4]), .list(1)], free: 2 + 4,
            set: 26),
        row(
            "CumProd", "without the element", ["exclusive": .integer(1)], [.normal([2, 3, 4]), .list(-1)],
            free: 2 + 3, set: 26),
        row("LpNormalization", "channels", ["axis": .integer(1)], [.normal([2, 3, 4])], free: 2 + 4),
        row("MeanVarianceNormalization", "image", [:], [.normal([2, 3, 4, 4])], free: 3),
        row("LpPool", "window", ["kernel_shape": .integers([2, 2])], [.normal([2, 3, 4, 4])], free: 2 + 3),
        row("GlobalLpPool", "image", ["p": .integer(1)], [.normal([2, 3, 4, 4])], free: 2 + 3),
        row(
            "MaxUnpool", "places", ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])],
            [.normal([1, 1, 2, 2]), .integers([5, 7, 13, 15], [1, 1, 2, 2])], free: 0),
        row("Det", "matrices", [:], [.normal([2, 3, 3])], free: 2),
        row(
            "Compress", "rows", ["axis": .integer(0)], [.normal([3, 4]), .booleans([1, 0, 1], [3])], free: 4),
        row("Unique", "sorted", [:], [.integers([2, 1, 1, 3], [4])], free: 0, outputs: 4),
        row(
            "CenterCropPad", "one axis", ["axes": .integers([1])], [.normal([2, 5, 3]), .list(2)],
            free: 2 + 3, set: 18),
        row("Col2Im", "blocks", [:], [.normal([2, 8, 4]), .list(3, 3), .list(2, 2)], free: 2, set: 18),
        row("ReverseSequence", "time first", [:], [.normal([4, 2, 3]), .list(3, 4)], free: 2 + 3),
        row("AffineGrid", "maps", [:], [.normal([2, 2, 3]), .list(2, 1, 3, 4)], free: 0, set: 20),
        row(
            "DeformConv", "one group", [:],
            [.normal([1, 2, 3, 3]), .normal([3, 2, 2, 2]), .normal([1, 8, 2, 2]), .normal([3])], free: 2 + 3,
            set: 19),
        row(
            "CausalConvWithState", "with a past", ["activation": .string("silu")],
            [.normal([2, 3, 5]), .normal([3, 1, 3]), .normal([3]), .normal([2, 3, 2])], free: 2 + 3,
            outputs: 2,
            set: 27),
        row(
            "LinearAttention", "decay and rate",
            ["q_num_heads": .integer(4), "kv_num_heads": .integer(2)],
            [
                .normal([2, 3, 8]), .normal([2, 3, 4]), .normal([2, 3, 6]), .normal([2, 2, 2, 3]),
                .normal([2, 3, 2]), .unit([2, 3, 1]),
            ], free: 0, outputs: 2, set: 27),
        row(
            "RotaryEmbedding", "heads", [:],
            [.normal([2, 2, 3, 4]), .normal([2, 3, 2]), .normal([2, 3, 2])],
            free: 2, set: 23),
        row(
            "TensorScatter", "around the end", ["mode": .string("circular")],
            [.normal([2, 3, 5, 4]), .normal([2, 3, 2, 4]), .list(1, 4)], free: 2 + 3 + 4, set: 24),
        row(
            "TfIdfVectorizer", "pairs",
            [
                "mode": .string("TFIDF"), "min_gram_length": .integer(1), "max_gram_length": .integer(2),
                "max_skip_count": .integer(1), "ngram_counts": .integers([0, 2]),
                "ngram_indexes": .integers([0, 1, 2]), "pool_int64s": .integers([2, 3, 5, 4]),
                "weights": .floats([1, 2, 3]),
            ], [.integers([2, 5, 4, 3, 5, 6, 4, 2], [2, 4])], free: 0),
        row(
            "RoiAlign", "two regions", ["output_height": .integer(2), "sampling_ratio": .integer(2)],
            [.normal([2, 3, 5, 5]), .floats([0, 0, 3, 3, 1, 1, 4, 2], [2, 4]), .list(1, 0)], free: 3 + 2),
        row(
            "MaxRoiPool", "two regions", ["pooled_shape": .integers([2, 1])],
            [.normal([2, 3, 5, 5]), .floats([1, 0, 0, 3, 3, 0, 1, 1, 4, 2], [2, 5])], free: 3 + 2),
        row(
            "NonMaxSuppression", "two boxes", [:],
            [
                .floats([0, 0, 1, 1, 0, 0, 1, 0.9], [1, 2, 4]), .floats([0.5, 0.75], [1, 1, 2]), .list(2),
                .floats([0.5], [1]),
            ], free: 0),
        row("DFT", "one side", ["onesided": .integer(1)], [.normal([2, 5, 1])], free: 0, set: 20),
        row("STFT", "frames", [:], [.normal([1, 12, 1]), .integers([3], []), .normal([6])], free: 0),
        row("HannWindow", "periodic", [:], [.integers([5], [])], free: 0),
        row("HammingWindow", "symmetric", ["periodic": .integer(0)], [.integers([5], [])], free: 0),
        row("BlackmanWindow", "doubles", ["output_datatype": .integer(11)], [.integers([5], [])], free: 0),
        row(
            "MelWeightMatrix", "bands", [:],
            [.integers([4], []), .integers([32], []), .integers([8000], []), .scalar(100), .scalar(3000)],
            free: 0),
        row(
            "NegativeLogLikelihoodLoss", "weighted", ["reduction": .string("none")],
            [.normal([3, 4]), .list(0, 3, 1), .positive([4])], free: 0),
        row(
            "SoftmaxCrossEntropyLoss", "mean", ["ignore_index": .integer(1)],
            [.normal([3, 4]), .list(0, 3, 1)],
            free: 0, outputs: 2),
        row("RandomNormal", "shape", ["shape": .integers([2, 3]), "seed": .float(1)], [], free: 0),
        row(
            "RandomUniform", "range",
            ["shape": .integers([2, 3]), "low": .float(2), "high": .float(3), "seed": .float(1)],
            [], free: 0),
        row("RandomNormalLike", "doubles", ["dtype": .integer(11)], [.normal([2, 3])], free: 2 + 3),
        row("Optional", "a tensor", [:], [.normal([2, 3])], free: 2 + 3),
        row("OptionalGetElement", "a tensor", [:], [.normal([2, 3])], free: 2 + 3),
        row("OptionalHasElement", "a tensor", [:], [.normal([2, 3])], free: 2 + 3),
        row("Multinomial", "samples", ["sample_size": .integer(4)], [.normal([2, 3])], free: 0),
    ]
}
