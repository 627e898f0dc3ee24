import Graph
import Torch

/// Counts multiplications by walking the loops that compute an output.
enum NaiveCost {
    /// Counts for an operator's type; 0 for all that are neither convolutions nor matrix products.
    static func multiplyAccumulates(
        _ type: String, domain: String = "", inputs: [[Int]], outputs: [[Int]], attributes: Attributes = [:],
        transposesLeft: Bool, equation: String = ""
    ) -> Int {
        var count = 0
        let output = outputs[0]
        func integer(_ name: String) -> Int { (try? attributes.integer(name, default: 0)) ?? 0 }
        switch domain.isEmpty ? type : "\(domain)::\(type)" {
        case "CausalConvWithState", "DeformConv", "ConvInteger", "com.microsoft::FusedConv",
            "com.microsoft::NhwcConv":
            forEach(output) { forEach(Array(inputs[1].dropFirst())) { count += 1 } }
        case "QLinearConv":
            forEach(output) { forEach(Array(inputs[3].dropFirst())) { count += 1 } }
        case "MatMulInteger", "QLinearMatMul", "com.microsoft::DynamicQuantizeMatMul",
            "com.microsoft::MatMulNBits":
            forEach(output) { forEach([inputs[0][inputs[0].count - 1]]) { count += 1 } }
        case "com.microsoft::FusedMatMul":
            forEach(output) {
                forEach([inputs[0][inputs[0].count - (transposesLeft ? 2 : 1)]]) { count += 1 }
            }
        case "LinearAttention":
            // For every position: all elements of the state by each head of queries, and of keys where they are corrected.
            let (queries, keys) = (integer("q_num_heads"), integer("kv_num_heads"))
            forEach([output[0], output[1], queries + keys]) {
                forEach(Array(outputs[1].suffix(2))) { count += 1 }
            }
        case "com.microsoft::Attention", "com.microsoft::QAttention":
            let (heads, width) = (integer("num_heads"), inputs[1][1])
            forEach(inputs[0]) { forEach([width]) { count += 1 } }
            // Queries are as long as keys, and make up with them what the values leave of the projection.
            let (own, length) = (output[2] / heads, (width - output[2]) / 2 / heads)
            let past = inputs.first { $0.count == 5 }.map { $0[3] } ?? 0
            forEach([output[0], heads, output[1], output[1] + past]) {
                forEach([length + own]) { count += 1 }
            }
        case "com.microsoft::MultiHeadAttention":
            let heads = integer("num_heads")
            let past = inputs.count > 6 ? inputs[6][2] : 0
            let keys = inputs[1].count == 4 ? inputs[1][2] : inputs[1][1]
            forEach([output[0], heads, output[1], keys + past]) {
                forEach([inputs[0][2] / heads + output[2] / heads]) { count += 1 }
            }
        case "com.microsoft::GroupQueryAttention":
            let heads = integer("num_heads")
            forEach([output[0], heads, output[1], outputs[1][2]]) {
                forEach([2 * output[2] / heads]) { count += 1 }
            }
        case "Conv":
            // For every output element: the channels of its group, the taps of the kernel.
            forEach(output) { forEach(Array(inputs[1].dropFirst())) { count += 1 } }
        case "ConvTranspose":
            // For every input element: the output channels of its group, the taps of the kernel.
            forEach(inputs[0]) { forEach(Array(inputs[1].dropFirst())) { count += 1 } }
        case "Gemm":
            forEach(output) { forEach([inputs[0][transposesLeft ? 0 : 1]]) { count += 1 } }
        case "MatMul":
            forEach(output) { forEach([inputs[0][inputs[0].count - 1]]) { count += 1 } }
        case "Einsum":
            // For every combination of the letters' positions: one product with each further operand.
            let terms = equation.replacing(" ", with: "").split(separator: "->")[0].split(separator: ",")
            var lengths: [Character: Int] = [:]
            var rest: [Int] = []
            for (term, shape) in zip(terms, inputs) {
                let letters = term.replacing("...", with: "")
                if letters.count < term.count, shape.count - letters.count > rest.count {
                    rest = Array(shape.prefix(shape.count - letters.count))
                }
                for (letter, length) in zip(letters.reversed(), shape.reversed()) {
                    lengths[letter] = max(lengths[letter] ?? 1, length)
                }
            }
            forEach(rest + Array(lengths.values)) { count += terms.count - 1 }
        case "Attention":
            // For every score: the length of a query, and that of a value.
            let heads = output.count == 4 ? output[1] : 4
            let past = inputs.count > 4 && inputs[4].count == 4 ? inputs[4][2] : 0
            let keys = inputs[1][output.count - 2] + past
            let (length, own) = (inputs[0].last ?? 0, output.last ?? 0)
            let each = output.count == 4 ? length + own : (length + own) / heads
            forEach([output[0], heads, inputs[0][output.count - 2], keys]) {
                forEach([each]) { count += 1 }
            }
        case "LSTM", "GRU", "RNN", "com.microsoft::DynamicQuantizeLSTM":
            // At every position, for every element of a batch: all elements of both weights.
            forEach(Array(inputs[0].prefix(2))) {
                forEach(inputs[1]) { count += 1 }
                forEach(inputs[2]) { count += 1 }
            }
        default:
            break
        }
        return count
    }

    private static func forEach(_ lengths: [Int], _ body: () -> Void) {
        guard let first = lengths.first else { return body() }
        for _ in 0..<first { forEach(Array(lengths.dropFirst()), body) }
    }
}
