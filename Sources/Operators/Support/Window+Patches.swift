internal import Graph
internal import Torch

extension Window {
    /// Returns what each window position sees of an input `[n, c, ...]`: rows `[n positions, c taps]`.
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

    /// Returns what some window positions see: the named rows of `patches(of:)`.
    func patches(of input: Tensor, at positions: [Int]?) throws -> Tensor {
        guard let positions else { return try patches(of: input) }
        let lengths = Array(input.shape[2...])
        let outputs = try outputLengths(for: lengths)
        let padded = try input.padded([(0, 0), (0, 0)] + padding(for: lengths))
        let room = Array(padded.shape[2...])
        let channels = input.shape[1]
        // One row of channels for every place of the padded input.
        let places = try padded.permuted([0] + (2..<(rank + 2)) + [1])
            .reshaped([input.shape[0] * room.reduce(1, *), channels])
        let corners = positions.map { position -> Int in
            var (rest, corner, scale) = (position, 0, 1)
            for axis in (0..<rank).reversed() {
                corner += rest % outputs[axis] * strides[axis] * scale
                rest /= outputs[axis]
                scale *= room[axis]
            }
            return corner + rest * scale
        }
        let taps = try (0..<volume).map { tap in
            var (rest, offset, scale) = (tap, 0, 1)
            for axis in (0..<rank).reversed() {
                offset += rest % kernel[axis] * dilations[axis] * scale
                rest /= kernel[axis]
                scale *= room[axis]
            }
            return try places.selecting(axis: 0, corners.map { $0 + offset })
                .reshaped([positions.count, channels, 1])
        }
        return try Tensor.concatenated(taps, axis: 2).reshaped([positions.count, channels * volume])
    }
}
