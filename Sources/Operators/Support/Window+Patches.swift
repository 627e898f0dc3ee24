internal import Graph
internal import Torch

extension Window {
    /// Returns what each position of the window sees of an input `[n, c, ...]`: rows `[n positions, c taps]`.
    func patches(of input: Tensor) throws -> Tensor {
        let lengths = Array(input.shape[2...])
        let outputs = try outputLengths(for: lengths)
        let padded = try input.padded([(0, 0), (0, 0)] + padding(for: lengths))
        var taps: [Tensor] = []
        for tap in 0..<volume {
            var (rest, part) = (tap, padded)
            for axis in (0..<rank).reversed() {
                let start = rest % kernel[axis] * dilations[axis]
                rest /= kernel[axis]
                let end = start + (outputs[axis] - 1) * strides[axis] + 1
                part = try part.sliced(axis: axis + 2, start..<end, step: strides[axis])
            }
            taps.append(try part.reshaped(part.shape + [1]))
        }
        let all = try Tensor.concatenated(taps, axis: rank + 2)
        let channels = input.shape[1]
        return try all.permuted([0] + (2..<(rank + 2)) + [1, rank + 2])
            .reshaped([input.shape[0] * outputs.reduce(1, *), channels * volume])
    }
}
