import Torch

/// Counts multiplications by walking the loops that compute an output.
enum NaiveCost {
    /// Counts for an operator's type; 0 for all that are neither convolutions nor matrix products.
    static func multiplyAccumulates(
        _ type: String, inputs: [[Int]], output: [Int], transposesLeft: Bool,
        equation: String = ""
    ) -> Int {
        var count = 0
        switch type {
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
        case "LSTM", "GRU", "RNN":
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
