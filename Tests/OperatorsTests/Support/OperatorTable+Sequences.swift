import Graph
import Torch

extension OperatorTable {
    static let sequences: [OperatorCase] = [
        row(
            "LSTM", "biases and states", ["hidden_size": .integer(3)],
            [
                .normal([3, 2, 4]), .normal([1, 12, 4]), .normal([1, 12, 3]), .normal([1, 24]), .absent,
                .normal([1, 2, 3]), .normal([1, 2, 3]),
            ], free: 4 + 3, outputs: 3),
        row(
            "LSTM", "both directions: same lanes in both", ["direction": .string("bidirectional")],
            [.normal([3, 2, 4]), .normal([2, 12, 4]), .normal([2, 12, 3])], free: 4 + 3),
        row(
            "LSTM", "peepholes, lengths, other functions",
            [
                "activations": .strings(["HardSigmoid", "ScaledTanh", "Softsign"]),
                "activation_alpha": .floats([0.3, 1.5]), "activation_beta": .floats([0.4, 0.5]),
            ],
            [
                .normal([3, 2, 4]), .normal([1, 12, 4]), .normal([1, 12, 3]), .absent,
                .typed([3, 1], [2], .int32),
                .absent, .absent, .normal([1, 9]),
            ], free: 4 + 3, outputs: 3),
        row(
            "LSTM", "coupled gates, backwards",
            ["input_forget": .integer(1), "direction": .string("reverse"), "layout": .integer(1)],
            [
                .normal([2, 3, 4]), .normal([1, 12, 4]), .normal([1, 12, 3]), .absent,
                .typed([3, 1], [2], .int32),
            ], free: 4 + 3, outputs: 3),
        row(
            "GRU", "reset afterwards", ["linear_before_reset": .integer(1), "hidden_size": .integer(3)],
            [.normal([3, 2, 4]), .normal([1, 9, 4]), .normal([1, 9, 3]), .normal([1, 18])], free: 4 + 3,
            outputs: 2),
        row(
            "GRU", "reset first", ["clip": .float(2)],
            [.normal([3, 2, 4]), .normal([1, 9, 4]), .normal([1, 9, 3]), .normal([1, 18])], free: 4 + 3,
            outputs: 2),
        row(
            "RNN", "rectified", ["activations": .strings(["Relu"]), "direction": .string("reverse")],
            [.normal([3, 2, 4]), .normal([1, 3, 4]), .normal([1, 3, 3])], free: 4 + 3, outputs: 2),
    ]

    static let attentions: [OperatorCase] = [
        // Batch, heads of keys, queries, length, length of values.
        row(
            "Attention", "heads as an axis", [:],
            [.normal([2, 4, 3, 6]), .normal([2, 2, 5, 6]), .normal([2, 2, 5, 7])],
            free: 2 + 2 + 3 + 6 + 7, set: 23),
        row(
            "Attention", "masked", ["scale": .float(0.5), "softcap": .float(2)],
            [
                .normal([2, 2, 3, 6]), .normal([2, 2, 4, 6]), .normal([2, 2, 4, 7]),
                .booleans([1, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1], [3, 4]),
            ], free: 2 + 2 + 3 + 6 + 7, set: 23),
        row(
            "Attention", "a window: places count",
            ["left_window_size": .integer(1), "right_window_size": .integer(0)],
            [.normal([2, 2, 3, 6]), .normal([2, 2, 4, 6]), .normal([2, 2, 4, 7])], free: 2 + 2 + 6 + 7,
            set: 25),
        row(
            "Attention", "the past and scores: all stays",
            ["qk_matmul_output_mode": .integer(3), "is_causal": .integer(1)],
            [
                .normal([2, 2, 3, 6]), .normal([2, 2, 4, 6]), .normal([2, 2, 4, 7]),
                .booleans([0, 0, 0, 1, 1, 1], [3, 2]), .normal([2, 2, 1, 6]), .normal([2, 2, 1, 7]),
            ], free: 0, outputs: 4, set: 24),
        row(
            "Attention", "numbers of keys", ["is_causal": .integer(1)],
            [
                .normal([2, 2, 3, 6]), .normal([2, 2, 4, 6]), .normal([2, 2, 4, 7]), .absent, .absent,
                .absent,
                .list(4, 2),
            ], free: 0, set: 24),
        row(
            "Attention", "heads joined: whole heads",
            ["q_num_heads": .integer(4), "kv_num_heads": .integer(2), "is_causal": .integer(1)],
            [.normal([2, 3, 12]), .normal([2, 3, 6]), .normal([2, 3, 8])], free: 2 + 2, set: 23),
    ]
}
