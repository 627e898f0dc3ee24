import Graph
import Torch

/// At least one case for every operator, with the number of classes of lanes that it leaves free.
enum OperatorTable {
    static let rows: [OperatorCase] =
        layers + activations + arithmetic + layout + reductions + normalisation + logic + lengths + indexing
        + arrangement + resampling + sequences + attentions + products + furtherReductions
        + quantised + fused + further

    static func row(
        _ type: String, _ name: String, _ attributes: Attributes = [:], _ inputs: [InputSpecification],
        free: Int, outputs: Int = 1, set: Int = OperatorSignature.currentOperatorSet, statistics: [Int] = []
    ) -> OperatorCase {
        OperatorCase(
            type: type, name: name, attributes: attributes, inputs: inputs, outputCount: outputs,
            operatorSet: set, freeClasses: free, statisticsAxes: statistics)
    }

    // Comments give the free classes: batch + channels + others.
    private static let layers: [OperatorCase] = [
        row(
            "Conv", "one group", ["pads": .integers([1, 1, 1, 1])],
            [.normal([2, 3, 5, 5]), .normal([4, 3, 3, 3]), .normal([4])], free: 2 + 3 + 4),
        row(
            "Conv", "two groups: same lanes in both", ["group": .integer(2)],
            [.normal([2, 6, 4, 4]), .normal([8, 3, 2, 2]), .normal([8])], free: 2 + 3 + 4),
        row(
            "Conv", "depthwise, two per channel", ["group": .integer(4), "strides": .integers([2, 1])],
            [.normal([2, 4, 5, 5]), .normal([8, 1, 3, 3]), .normal([8])], free: 2 + 4),
        row("Conv", "one channel in", [:], [.normal([2, 1, 9]), .normal([3, 1, 3])], free: 2 + 1 + 3),
        row(
            "ConvTranspose", "one group",
            ["strides": .integers([2, 2]), "output_padding": .integers([1, 0])],
            [.normal([2, 3, 3, 3]), .normal([3, 4, 2, 3]), .normal([4])], free: 2 + 3 + 4),
        row(
            "ConvTranspose", "two groups: same lanes in both",
            ["group": .integer(2), "pads": .integers([0, 1, 1, 0])],
            [.normal([2, 6, 4, 4]), .normal([6, 4, 2, 2]), .normal([8])], free: 2 + 3 + 4),
        // The weight's axis of two outputs per channel is frozen.
        row(
            "ConvTranspose", "depthwise, two per channel", ["group": .integer(4)],
            [.normal([2, 4, 3, 3]), .normal([4, 2, 2, 2]), .normal([8])], free: 2 + 4),
        row(
            "BatchNormalization", "image", ["epsilon": .float(1e-3)],
            [.normal([2, 3, 4, 5]), .normal([3]), .normal([3]), .normal([3]), .positive([3])],
            free: 2 + 3 + 4 + 5),
        row(
            "BatchNormalization", "training mode: channels only", ["training_mode": .integer(1)],
            [.normal([4, 3, 2]), .normal([3]), .normal([3]), .normal([3]), .positive([3])], free: 3,
            outputs: 3),
        row("MaxPool", "window", ["kernel_shape": .integers([2, 2])], [.normal([2, 3, 4, 4])], free: 2 + 3),
        row(
            "MaxPool", "positions", ["kernel_shape": .integers([2, 2]), "pads": .integers([1, 0, 0, 1])],
            [.normal([2, 3, 4, 4])], free: 0, outputs: 2),
        row(
            "MaxPool", "positions by columns",
            ["kernel_shape": .integers([2, 2]), "storage_order": .integer(1)], [.normal([2, 3, 4, 3])],
            free: 0, outputs: 2),
        row("AveragePool", "window", ["kernel_shape": .integers([2])], [.normal([2, 3, 4])], free: 2 + 3),
        row("GlobalAveragePool", "image", [:], [.normal([2, 3, 4, 4])], free: 2 + 3),
        row("GlobalMaxPool", "image", [:], [.normal([2, 3, 4, 4])], free: 2 + 3),
        row(
            "Gemm", "fully connected", ["transB": .integer(1)],
            [.normal([2, 5]), .normal([4, 5]), .normal([4])], free: 2 + 5 + 4),
        row(
            "Gemm", "transposed, stretched addend", ["transA": .integer(1), "alpha": .float(0.5)],
            [.normal([5, 2]), .normal([5, 4]), .normal([1, 4])], free: 2 + 5 + 4),
        row(
            "Gemm", "one-element addend", ["transB": .integer(1)],
            [.normal([2, 5]), .normal([4, 5]), .normal([1])], free: 2 + 5 + 4),
        row(
            "Gemm", "column addend", ["beta": .float(2)],
            [.normal([2, 5]), .normal([5, 4]), .normal([2, 1])],
            free: 2 + 5 + 4),
        // Batch axes of 2 and 3 are stretched on one side, and each of the other side's axes is free.
        row(
            "MatMul", "batches", [:], [.normal([2, 1, 3, 5]), .normal([4, 5, 6])], free: 2 + 4 + 3 + 5 + 6),
        row("MatMul", "vector", [:], [.normal([5]), .normal([2, 5, 3])], free: 5 + 2 + 3),
        row("Softmax", "channels", ["axis": .integer(1)], [.normal([2, 3, 4])], free: 2 + 4),
        row("Softmax", "merged axes", ["axis": .integer(1)], [.normal([2, 3, 4])], free: 2, set: 12),
        row("LogSoftmax", "last axis", [:], [.normal([2, 3, 4])], free: 2 + 3),
    ]

    private static let activations: [OperatorCase] =
        [
            "Celu", "Elu", "Gelu", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "Mish", "Relu",
            "Selu",
            "Sigmoid", "Softplus", "Softsign", "Swish", "Tanh", "ThresholdedRelu",
        ].map { row($0, "defaults", [:], [.normal([2, 3, 4])], free: 2 + 3 + 4) } + [
            row("PRelu", "per channel", [:], [.normal([2, 3, 4]), .normal([3, 1])], free: 2 + 3 + 4),
            row(
                "PRelu", "vector of channels", [:], [.normal([2, 3, 4]), .normal([3])], free: 2 + 3 + 4,
                set: 6),
            row("Clip", "bounds", [:], [.normal([2, 3]), .scalar(-0.5), .scalar(0.5)], free: 2 + 3),
            row("Clip", "attributes", ["max": .float(0.25)], [.normal([2, 3])], free: 2 + 3, set: 6),
            row(
                "Dropout", "with mask", [:], [.normal([2, 3, 4]), .scalar(0.25)], free: 2 + 3 + 4, outputs: 2),
        ]

    private static let arithmetic: [OperatorCase] =
        [
            "Abs", "Ceil", "Cos", "Erf", "Exp", "Floor", "Log", "Neg", "Reciprocal", "Round", "Sign", "Sin",
            "Sqrt",
        ]
        .map { row($0, "positive", [:], [.positive([2, 3, 4])], free: 2 + 3 + 4) }
        + ["Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Cosh", "Sinh", "Tan"]
        .map { row($0, "in 0 ..< 1", [:], [.unit([2, 3, 4])], free: 2 + 3 + 4) }
        + ["Add", "Div", "Mul", "Pow", "Sub"].flatMap {
            [
                row($0, "residual", [:], [.positive([2, 3, 4]), .positive([2, 3, 4])], free: 2 + 3 + 4),
                row(
                    $0, "parameter per channel", [:], [.positive([2, 3, 4]), .positive([3, 1])],
                    free: 2 + 3 + 4),
                row(
                    $0, "parameter on the left", [:], [.positive([3, 1]), .positive([2, 3, 4])],
                    free: 2 + 3 + 4),
                row(
                    $0, "aligned by an attribute", ["broadcast": .integer(1), "axis": .integer(1)],
                    [.positive([2, 3, 4]), .positive([3])], free: 2 + 3 + 4, set: 6),
            ]
        }
        + ["Max", "Mean", "Min", "Sum"].map {
            row($0, "stretched", [:], [.normal([2, 3, 4]), .normal([4]), .normal([3, 1])], free: 2 + 3 + 4)
        }

    private static let layout: [OperatorCase] = [
        row(
            "Concat", "channels", ["axis": .integer(1)],
            [.normal([2, 3, 4]), .normal([2, 5, 4]), .normal([2, 1, 4])], free: 2 + 9 + 4),
        row("Constant", "tensor", ["value_floats": .floats([1, 2, 3])], [], free: 0),
        row("Flatten", "channels of four", [:], [.normal([2, 3, 2, 2])], free: 2 + 3),
        row("Flatten", "one channel of three rows", [:], [.normal([2, 1, 3, 2])], free: 2 + 3),
        row("Flatten", "two axes in front", ["axis": .integer(2)], [.normal([2, 3, 5])], free: 2 + 5),
        row("Pad", "channels", [:], [.normal([1, 4, 3]), .list(0, 2, 0, 0, 1, 0)], free: 1 + 7 + 3),
        row(
            "Pad", "cropped channels", [:], [.normal([1, 6, 3]), .list(0, -2, 0, 0, 3, 0)], free: 1 + 9 + 3),
        row(
            "Pad", "attributes", ["pads": .integers([0, 1, 0, -1])], [.normal([2, 5])], free: 2 + 6, set: 10),
        row(
            "Pad", "reflected axis frozen", ["mode": .string("reflect")],
            [.normal([2, 3, 4]), .list(0, 0, 1, 0, 0, 2)], free: 2 + 3),
        row(
            "Pad", "wrapped axis frozen", ["mode": .string("wrap")],
            [.normal([2, 3, 4]), .list(0, 0, 5, 0, 0, 2)], free: 2 + 3, set: 19),
        row(
            "Pad", "named axes", [:], [.normal([2, 3]), .list(2, 1), .absent, .list(-1)], free: 2 + 6, set: 18
        ),
        row("Reshape", "merged", [:], [.normal([2, 3, 2, 2]), .list(2, 12)], free: 2 + 3),
        row("Reshape", "merged, open", [:], [.normal([2, 3, 2, 2]), .list(0, -1)], free: 2 + 3),
        row("Reshape", "split", [:], [.normal([2, 12]), .list(-1, 3, 2, 2)], free: 2 + 3),
        row(
            "Reshape", "kept in the middle", [:], [.normal([2, 3, 4, 5]), .list(0, 0, 20)], free: 2 + 3 + 4),
        row("Reshape", "added axes", [:], [.normal([2, 3]), .list(2, 3, 1, 1)], free: 2 + 3),
        row(
            "Reshape", "both merged and split", [:], [.normal([2, 6, 5]), .list(4, 3, 5)], free: 2 + 5),
        row(
            "Reshape", "attribute", ["shape": .integers([2, -1])], [.normal([2, 3, 4])], free: 2 + 3, set: 4),
        row("Slice", "channels", [:], [.normal([2, 7, 3]), .list(2), .list(5), .list(1)], free: 2 + 7 + 3),
        row("Slice", "to the end", [:], [.normal([2, 7]), .list(-3), .list(.max), .list(-1)], free: 2 + 7),
        row(
            "Slice", "every second", [:], [.normal([2, 7]), .list(0), .list(7), .list(1), .list(2)], free: 2),
        row(
            "Slice", "attributes",
            ["starts": .integers([1]), "ends": .integers([-2]), "axes": .integers([1])],
            [.normal([2, 7])], free: 2 + 7, set: 9),
        row(
            "Split", "lengths", ["axis": .integer(1)], [.normal([2, 7]), .list(2, 1, 4)], free: 2 + 7,
            outputs: 3),
        row(
            "Split", "lengths as attribute", ["axis": .integer(-1), "split": .integers([2, 5])],
            [.normal([2, 7])], free: 2 + 7, outputs: 2, set: 11),
        row("Split", "equal parts", ["axis": .integer(1)], [.normal([2, 6])], free: 2 + 3, outputs: 2),
        row(
            "Split", "rest in the last part", ["axis": .integer(1), "num_outputs": .integer(3)],
            [.normal([2, 7])], free: 2, outputs: 3, set: 18),
        row(
            "Transpose", "permutation", ["perm": .integers([1, 2, 0])], [.normal([2, 3, 4])], free: 2 + 3 + 4),
    ]

    private static let reductions: [OperatorCase] =
        ["ReduceMax", "ReduceMean", "ReduceMin"].map {
            row(
                $0, "pixels", ["axes": .integers([2, 3]), "keepdims": .integer(0)],
                [.doubled([2, 3, 8, 4], axis: 2, blocks: 1)], free: 2 + 3 + 8 + 4, statistics: [2, 3])
        }
        + ["ReduceMax", "ReduceMean", "ReduceMin"].map {
            row(
                $0, "channels", ["axes": .integers([-2])], [.doubled([2, 6, 4], axis: 1, blocks: 1)],
                free: 2 + 6 + 4, statistics: [1])
        } + [
            row("ReduceSum", "channels", [:], [.normal([2, 3, 4]), .list(1)], free: 2 + 4),
            row(
                "ReduceSum", "dropped axis in front", ["keepdims": .integer(0)],
                [.normal([2, 3, 4]), .list(0)],
                free: 3 + 4),
        ]
}
