internal import Graph
internal import Torch

/// One axis whose length changes, and the input positions behind each output position.
struct ResampledAxis: Sendable {
    /// The axis.
    let axis: Int
    /// Its length before.
    let input: Int
    /// Its length after.
    let output: Int
    /// Output positions per input position.
    let scale: Double
    /// The part of the axis that is resampled, as shares of its length, if it is cropped.
    var region: Region?

    /// Part of an axis, from the centre of its first position, 0, to that of its last, 1.
    struct Region: Hashable, Sendable {
        let start: Double
        let end: Double
    }

    /// Larger weights and positions are rejected.
    private static let limit = 1 << 26

    /// Returns the place in the input for an output position.
    private func place(_ position: Int, _ coordinates: ResizeAttributes.Coordinates) -> Double {
        let x = Double(position)
        switch coordinates {
        case .halfPixel: return (x + 0.5) / scale - 0.5
        case .symmetricHalfPixel:
            let adjustment = Double(output) / (scale * Double(input))
            return Double(input) / 2 * (1 - adjustment) + (x + 0.5) / scale - 0.5
        case .pytorchHalfPixel: return output > 1 ? (x + 0.5) / scale - 0.5 : 0
        case .alignedCorners:
            return output > 1 ? x * Double(input - 1) / Double(output - 1) : 0
        case .asymmetric: return x / scale
        case .nearestHalfPixel: return (x + 0.5) / scale
        case .cropped:
            let (start, end) = (region?.start ?? 0, region?.end ?? 1)
            let share = output > 1 ? start + x * (end - start) / Double(output - 1) : (start + end) / 2
            return share * Double(input - 1)
        }
    }

    /// Returns the nearest input position of every output position.
    private func nearest(_ attributes: ResizeAttributes) throws -> [Int] {
        guard output <= Self.limit else { throw GraphError("an axis of \(output) positions is too long") }
        return (0..<output).map { position in
            let place = place(position, attributes.coordinates)
            let rounded =
                switch attributes.rounding {
                case .halvesDown: (place - 0.5).rounded(.up)
                case .halvesUp: (place + 0.5).rounded(.down)
                case .floor: place.rounded(.down)
                case .ceil: place.rounded(.up)
                }
            return Int(min(max(rounded, 0), Double(input - 1)))
        }
    }

    /// Returns the weight of a pixel at a distance.
    private static func weight(_ distance: Double, _ attributes: ResizeAttributes) -> Double {
        let x = abs(distance)
        guard attributes.mode == .cubic else { return max(0, 1 - x) }
        let a = Double(attributes.cubicCoefficient)
        if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
    }

    /// Returns the weights `[output, input]` of interpolation.
    ///
    /// weight(output o, input i) = filter((i - place(o)) s) over the pixels in reach, divided by their sum if
    /// it is not 1, with s = scale if the filter widens and 1 otherwise.
    private func weights(_ attributes: ResizeAttributes) throws -> [Float] {
        guard Checked.saturatingProduct([output, input]) <= Self.limit else {
            throw GraphError("weights of \(output) x \(input) positions are too many")
        }
        let widens = attributes.antialiases && scale < 1
        let factor = widens ? scale : 1
        let reach = (attributes.mode == .cubic ? 2 : 1) / factor
        guard reach.isFinite, reach <= Double(Self.limit) / Double(max(output, 1)) else {
            throw GraphError("a filter over \(reach) positions is too wide")
        }
        var result = [Float](repeating: 0, count: output * input)
        for position in 0..<output {
            var place = place(position, attributes.coordinates)
            // Between the border and its copies nothing changes, so the filter need not reach there.
            if attributes.mode == .linear, !widens { place = min(max(place, 0), Double(input - 1)) }
            place = min(max(place, -Double(Self.limit)), Double(Self.limit))
            let first = Int((place - reach).rounded(.down))
            let last = Int((place + reach).rounded(.up))
            var row = [Double](repeating: 0, count: input)
            for pixel in first...last {
                let isInside = pixel >= 0 && pixel < input
                guard isInside || !attributes.excludesOutside else { continue }
                row[min(max(pixel, 0), input - 1)] += Self.weight(
                    (Double(pixel) - place) * factor, attributes)
            }
            let sum = row.reduce(0, +)
            for pixel in 0..<input where row[pixel] != 0 {
                result[position * input + pixel] = Float(sum == 0 ? row[pixel] : row[pixel] / sum)
            }
        }
        return result
    }

    /// Resamples a tensor along the axis.
    func apply(to tensor: Tensor, _ attributes: ResizeAttributes) throws -> Tensor {
        let result = try resampled(tensor, attributes)
        guard attributes.coordinates == .cropped else { return result }
        let outside = (0..<output).map { position -> UInt8 in
            let place = place(position, attributes.coordinates)
            return place < 0 || place > Double(input - 1) ? 1 : 0
        }
        guard outside.contains(1) else { return result }
        let mask = try Tensor(outside, shape: tensor.shape.indices.map { $0 == axis ? output : 1 })
            .converted(to: .bool).moved(to: tensor.device)
        let value = try Tensor(
            repeating: Double(attributes.extrapolation), shape: [], type: tensor.type, device: tensor.device)
        return try mask.choosing(value, result)
    }

    private func resampled(_ tensor: Tensor, _ attributes: ResizeAttributes) throws -> Tensor {
        guard attributes.mode != .nearest else {
            return try tensor.selecting(axis: axis, nearest(attributes))
        }
        let weights = try Tensor(weights(attributes), shape: [output, input])
            .moved(to: tensor.device).converted(to: tensor.type)
        let last = tensor.rank - 1
        var order = Array(0...last)
        order.swapAt(axis, last)
        return try tensor.permuted(order).linear(weight: weights, bias: nil).permuted(order)
    }
}
