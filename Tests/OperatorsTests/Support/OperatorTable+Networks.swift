import Graph
import Torch

extension OperatorTable {
    // Comments give the free classes where they are not plain: batch + channels + others.
    static let normalisation: [OperatorCase] = [
        row(
            "LayerNormalization", "last axis", [:],
            [.doubled([2, 3, 8], axis: 2, blocks: 1), .normal([8]), .normal([8])], free: 2 + 3 + 8,
            statistics: [2]),
        row(
            "LayerNormalization", "two axes, with statistics", ["axis": .integer(1)],
            [.doubled([2, 3, 8], axis: 2, blocks: 1), .normal([3, 8])], free: 2 + 3 + 8, outputs: 3,
            statistics: [1, 2]),
        row(
            "RMSNormalization", "last axis", ["epsilon": .float(1e-3)],
            [.doubled([2, 3, 8], axis: 2, blocks: 1), .normal([8])], free: 2 + 3 + 8, set: 23,
            statistics: [2]),
        row(
            "SimplifiedLayerNormalization", "last axis", [:],
            [.doubled([2, 3, 8], axis: 2, blocks: 1), .normal([8])], free: 2 + 3 + 8, outputs: 2,
            statistics: [2]),
        row(
            "GroupNormalization", "scale per channel: same lanes in both groups", ["num_groups": .integer(2)],
            [.doubled([2, 12, 3], axis: 1, blocks: 2), .normal([12]), .normal([12])], free: 2 + 6, set: 21,
            statistics: [1]),
        row(
            "GroupNormalization", "scale per group", ["num_groups": .integer(2)],
            [.doubled([2, 12, 3], axis: 1, blocks: 2), .normal([2]), .normal([2])], free: 2 + 6, set: 18,
            statistics: [1]),
        row(
            "GroupNormalization", "one channel per group", ["num_groups": .integer(4)],
            [.normal([2, 4, 5]), .normal([4]), .normal([4])], free: 2 + 4, set: 21),
        row(
            "InstanceNormalization", "image", [:],
            [.doubled([2, 3, 8], axis: 2, blocks: 1), .normal([3]), .normal([3])], free: 2 + 3 + 8,
            statistics: [2]),
        row("LRN", "neighbours", ["size": .integer(3)], [.normal([2, 6, 3, 4])], free: 2 + 3 + 4),
    ]

    static let logic: [OperatorCase] =
        ["Greater", "GreaterOrEqual", "Less", "LessOrEqual"].map {
            row($0, "per channel", [:], [.normal([2, 3, 4]), .normal([3, 1])], free: 2 + 3 + 4)
        } + [
            row(
                "Equal", "integers", [:], [.integers([1, 2, 3, 4, 5, 6], [2, 3]), .list(1, 5, 3)],
                free: 2 + 3)
        ]
        + ["And", "Or", "Xor"].map {
            row(
                $0, "per channel", [:],
                [.booleans([1, 0, 1, 0, 1, 1], [2, 3]), .booleans([1, 1, 0], [3])], free: 2 + 3)
        } + [
            row("Not", "booleans", [:], [.booleans([1, 0, 1, 0], [2, 2])], free: 2 + 2),
            row("IsNaN", "defaults", [:], [.floats([1, .nan, 2, .infinity], [2, 2])], free: 2 + 2),
            row("IsInf", "defaults", [:], [.floats([1, .nan, -.infinity, .infinity], [2, 2])], free: 2 + 2),
            row(
                "IsInf", "negative", ["detect_positive": .integer(0)],
                [.floats([1, .nan, -.infinity, .infinity], [2, 2])], free: 2 + 2),
            row(
                "Where", "stretched", [:],
                [.booleans([1, 0, 0, 1, 1, 0], [2, 3, 1]), .normal([2, 3, 4]), .normal([4])],
                free: 2 + 3 + 4),
            row(
                "Mod", "integers", [:], [.integers([7, -7, 5, -5, 3, 9], [2, 3]), .list(3, -4, 2)],
                free: 2 + 3),
            row(
                "Mod", "floats", ["fmod": .integer(1)], [.normal([2, 3]), .positive([3])], free: 2 + 3),
            row("Cast", "integers", ["to": .integer(7)], [.normal([2, 3])], free: 2 + 3),
            // Of the second input nothing but the type is read.
            row("CastLike", "integers", [:], [.normal([2, 3]), .list(1, 2, 3, 4)], free: 2 + 3 + 4),
        ]

    static let lengths: [OperatorCase] = [
        row("Shape", "all", [:], [.normal([2, 3, 4])], free: 2 + 3 + 4),
        row(
            "Shape", "some", ["start": .integer(1), "end": .integer(-1)], [.normal([2, 3, 4])],
            free: 2 + 3 + 4),
        row("Size", "all", [:], [.normal([2, 3])], free: 2 + 3),
        row(
            "Range", "integers", [:], [.integers([1], []), .integers([8], []), .integers([3], [])], free: 0),
        row("Range", "floats", [:], [.scalar(2), .scalar(-1), .scalar(-0.5)], free: 0),
        row("ConstantOfShape", "zeros", [:], [.list(2, 3)], free: 5),
        row("EyeLike", "diagonal", ["k": .integer(1), "dtype": .integer(7)], [.normal([3, 4])], free: 0),
    ]

    static let indexing: [OperatorCase] = [
        row(
            "Gather", "embedding", [:], [.normal([5, 4]), .integers([0, 4, 2, -1, 3, 3], [2, 3])], free: 4),
        // Five positions, two of which are not taken.
        row(
            "Gather", "list of positions", ["axis": .integer(1)], [.normal([2, 5, 3]), .list(3, 0, 3, -1)],
            free: 2 + 5 + 3),
        row(
            "Gather", "one position", ["axis": .integer(-2)], [.normal([2, 5, 3]), .integers([1], [])],
            free: 2 + 3),
        row(
            "GatherElements", "fewer positions", ["axis": .integer(1)],
            [.normal([2, 4, 3]), .integers([0, 3, 1, 2, 2, -1, 1, 0, 0, 3, 3, -4], [2, 2, 3])],
            free: 2 + 2 + 3),
        row(
            "GatherND", "points", [:], [.normal([2, 3, 4]), .integers([0, 1, 1, 2, -1, 0], [3, 2])],
            free: 3 + 4),
        row(
            "GatherND", "batches", ["batch_dims": .integer(1)],
            [.normal([2, 3, 4]), .integers([2, 0], [2, 1])], free: 2 + 4),
        row(
            "Scatter", "rows", ["axis": .integer(1)],
            [.normal([2, 4, 3]), .integers([0, 3, 1, 2, 2, -1], [1, 2, 3]), .normal([1, 2, 3])],
            free: 2 + 3, set: 10),
        row(
            "ScatterElements", "sums", ["axis": .integer(1), "reduction": .string("add")],
            [
                .normal([2, 4, 3]), .integers([0, 3, 1, 2, 2, 1, 1, 0, 0, 3, 3, 0], [2, 2, 3]),
                .normal([2, 2, 3]),
            ], free: 2 + 3),
        row(
            "ScatterND", "rows", [:], [.normal([4, 3]), .integers([3, -3], [2, 1]), .normal([2, 3])],
            free: 4 + 3),
        row(
            "ScatterND", "elements added", ["reduction": .string("add")],
            [.normal([5]), .integers([4, 1, 0], [3, 1]), .normal([3])], free: 5),
        row(
            "ScatterND", "rows, one twice", [:],
            [.normal([4, 3]), .integers([1, 1], [2, 1]), .normal([2, 3])], free: 3),
        row(
            "ScatterND", "elements", [:],
            [.normal([4, 3, 2]), .integers([1, 2, 0, 1], [2, 2]), .normal([2, 2])], free: 2),
        row(
            "OneHot", "new axis", ["axis": .integer(1)],
            [.integers([0, 2, 1, 3, -1, 7], [2, 3]), .integers([4], []), .floats([-1, 2], [2])], free: 2 + 3),
        row("TopK", "greatest", [:], [.normal([2, 5]), .list(3)], free: 2, outputs: 2),
        row(
            "TopK", "count as attribute", ["axis": .integer(0), "k": .integer(2)], [.normal([4, 3])], free: 3,
            outputs: 2, set: 9),
        row("ArgMax", "axis", ["axis": .integer(1)], [.normal([2, 4, 3])], free: 2 + 3),
        row(
            "ArgMin", "axis dropped", ["axis": .integer(-2), "keepdims": .integer(0)], [.normal([2, 4, 3])],
            free: 2 + 3),
        row("CumSum", "axis", [:], [.normal([2, 4, 3]), .integers([1], [])], free: 2 + 3),
        row("NonZero", "constant", [:], [.floats([0, 1, 2, 0, 0, 3], [2, 3])], free: 0),
        row("Trilu", "upper", [:], [.normal([2, 3, 4])], free: 2),
        row(
            "Trilu", "lower", ["upper": .integer(0)], [.normal([2, 3, 4]), .integers([1], [])], free: 2),
    ]

    static let arrangement: [OperatorCase] = [
        row("Squeeze", "named", [:], [.normal([2, 1, 3, 1]), .list(1, -1)], free: 2 + 3),
        row("Squeeze", "all that are single", [:], [.normal([2, 1, 3])], free: 0),
        row("Squeeze", "attribute", ["axes": .integers([1])], [.normal([2, 1, 3])], free: 2 + 3, set: 11),
        row("Unsqueeze", "input", [:], [.normal([2, 3]), .list(0, -1)], free: 2 + 3),
        row("Unsqueeze", "attribute", ["axes": .integers([1, 3])], [.normal([2, 3])], free: 2 + 3, set: 11),
        // Copies are removed one by one.
        row("Expand", "stretched", [:], [.normal([2, 1, 3]), .list(4, 1, 5, 3)], free: 2 + 3 + 4 + 5),
        row("Expand", "shorter shape", [:], [.normal([2, 1, 3]), .list(1)], free: 2 + 1 + 3),
        row("Tile", "copies", [:], [.normal([2, 3]), .list(1, 2)], free: 2 + 3),
        row("DepthToSpace", "depth first", ["blocksize": .integer(2)], [.normal([2, 12, 2, 3])], free: 10),
        row(
            "DepthToSpace", "channel first", ["blocksize": .integer(2), "mode": .string("CRD")],
            [.normal([2, 12, 2, 3])], free: 10),
        row("SpaceToDepth", "blocks", ["blocksize": .integer(2)], [.normal([2, 3, 4, 6])], free: 10),
        row(
            "SpaceToDepth", "channel first", ["blocksize": .integer(2), "mode": .string("CRD")],
            [.normal([2, 3, 4, 6])], free: 10, set: 28),
        row("Reshape", "heads", [:], [.normal([2, 30]), .list(2, 3, 2, 5)], free: 2 + 3),
        row("Reshape", "groups of channels", [:], [.normal([2, 6, 2, 2]), .list(0, 3, -1)], free: 2 + 3),
    ]

    static let resampling: [OperatorCase] = [
        row(
            "Resize", "scales", [:], [.normal([2, 3, 4, 4]), .absent, .floats([1, 1, 2, 1.5], [4])],
            free: 2 + 3),
        row(
            "Resize", "sizes", ["mode": .string("linear")],
            [.normal([2, 3, 4, 4]), .absent, .absent, .list(2, 3, 7, 3)], free: 2 + 3),
        row(
            "Resize", "axes", ["mode": .string("cubic"), "axes": .integers([2, 3])],
            [.normal([2, 3, 4, 4]), .absent, .absent, .list(7, 4)], free: 2 + 3 + 4, set: 18),
        row("Resize", "version 10", [:], [.normal([2, 3, 4]), .floats([1, 1, 2], [3])], free: 5, set: 10),
        row("Upsample", "input", [:], [.normal([2, 3, 4]), .floats([1, 1, 2], [3])], free: 5, set: 9),
        row(
            "Upsample", "attribute", ["scales": .floats([1, 1, 2]), "mode": .string("linear")],
            [.normal([2, 3, 4])], free: 2 + 3, set: 7),
        row(
            "Resize", "region",
            [
                "coordinate_transformation_mode": .string("tf_crop_and_resize"), "axes": .integers([2, 3]),
                "mode": .string("linear"), "extrapolation_value": .float(7),
            ],
            [.normal([2, 3, 4, 4]), .floats([0.25, 0, 0.75, 1.5], [4]), .absent, .list(3, 5)], free: 2 + 3,
            set: 18),
        row(
            "GridSample", "nearest", ["mode": .string("nearest"), "padding_mode": .string("reflection")],
            [.normal([2, 3, 4, 2, 4]), .normal([2, 5, 6, 1, 3])], free: 2 + 3 + 5 + 6 + 1, set: 20),
        row(
            "GridSample", "image", [:], [.normal([2, 3, 4, 4]), .normal([2, 5, 6, 2])], free: 2 + 3 + 5 + 6),
    ]

    static let products: [OperatorCase] = [
        row(
            "Einsum", "scores", ["equation": .string("bhid,bhjd->bhij")],
            [.normal([2, 3, 4, 5]), .normal([2, 3, 6, 5])], free: 2 + 3 + 4 + 5 + 6),
        row(
            "Einsum", "ellipsis", ["equation": .string("...ij, jk")],
            [.normal([2, 3, 4]), .normal([4, 5])],
            free: 2 + 3 + 4 + 5),
        row("Einsum", "diagonal", ["equation": .string("ii->i")], [.normal([3, 3])], free: 3),
        row("Einsum", "sum", ["equation": .string("ij->j")], [.normal([2, 3])], free: 3),
        row("Hardmax", "channels", ["axis": .integer(1)], [.normal([2, 3, 4])], free: 2 + 4),
    ]

    static let furtherReductions: [OperatorCase] =
        ["ReduceL2", "ReduceLogSumExp", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceSum"].map {
            row($0, "nothing", [:], [.normal([2, 0, 3]), .list(1)], free: 2 + 3, set: 20)
        } + furtherReductionsOfPixels

    private static let furtherReductionsOfPixels: [OperatorCase] = [
        "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceProd", "ReduceSumSquare",
    ].map {
        row(
            $0, "pixels", ["axes": .integers([2, 3]), "keepdims": .integer(0)], [.positive([2, 3, 4, 2])],
            free: 2 + 3)
    }
}
