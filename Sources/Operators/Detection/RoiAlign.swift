internal import Graph
internal import Torch

/// Pools regions [count, 4] of images [n, c, height, width] into grids [count, c, rows, columns]: the mean,
/// or the maximum, of samples between the pixels in every cell.
///
/// The inputs are the images, the regions (x1, y1, x2, y2), and the image number of each region. As in ONNX
/// Runtime, the maximum is that of the pixels' weighted shares, not of the samples.
struct RoiAlign: Operator {
    static let type = "RoiAlign"

    private enum Mode: String, CaseIterable {
        case avg, max
    }

    private enum Coordinates: String, CaseIterable {
        case halfPixel = "half_pixel"
        case outputHalfPixel = "output_half_pixel"
    }

    private let hasCoordinates: Bool
    private let coordinates: Coordinates
    private let mode: Mode
    private let rows: Int
    private let columns: Int
    private let sampling: Int
    private let scale: Float

    init(attributes: Attributes, signature: OperatorSignature) throws {
        hasCoordinates = signature.operatorSet >= 16
        coordinates =
            hasCoordinates
            ? try attributes.choice("coordinate_transformation_mode", default: Coordinates.halfPixel)
            : .outputHalfPixel
        mode = try attributes.choice("mode", default: Mode.avg)
        rows = try attributes.integer("output_height", default: 1)
        columns = try attributes.integer("output_width", default: 1)
        sampling = try attributes.integer("sampling_ratio", default: 0)
        scale = try attributes.float("spatial_scale", default: 1)
        guard rows >= 1, columns >= 1, sampling >= 0, scale.isFinite else {
            throw GraphError("output_height and output_width must be positive, sampling_ratio not negative")
        }
        try Checked.requireMade([rows, columns, max(sampling, 1), max(sampling, 1)])
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if hasCoordinates, coordinates != .halfPixel {
            result["coordinate_transformation_mode"] = .string(coordinates.rawValue)
        }
        if mode != .avg { result["mode"] = .string(mode.rawValue) }
        if rows != 1 { result["output_height"] = .integer(rows) }
        if columns != 1 { result["output_width"] = .integer(columns) }
        if sampling != 0 { result["sampling_ratio"] = .integer(sampling) }
        if scale != 1 { result["spatial_scale"] = .float(scale) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (images, regions, numbers) = (try inputs.type(0), try inputs.type(1), try inputs.type(2))
        try ElementDomain.real.require(images.element)
        try images.requireRank(4...4, "the images")
        try regions.requireRank(2...2, "the regions")
        try regions.requireShape([regions.shape[0], 4], "the regions")
        try regions.requireElement(images.element, "the regions")
        try IndexTensors.require(numbers, "the numbers of the images")
        try numbers.requireShape([regions.shape[0]], "the numbers of the images")
        try IndexTensors.checkCounted(inputs.constant(2), below: images.shape[0], "image")
        return [try .output(images.element, [regions.shape[0], images.shape[1], rows, columns])]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let images = try inputs.required(0)
        let (regions, numbers) = (try inputs.required(1).doubles(), try inputs.required(2).integers())
        let shape = images.shape
        guard shape.count == 4, regions.count == 4 * numbers.count, shape[2] > 0, shape[3] > 0 else {
            throw GraphError("\(numbers.count) regions do not fit images of shape \(shape)")
        }
        let pixels = try images.inSinglePrecision()
            .reshaped([shape[0], shape[1], Checked.product([shape[2], shape[3]])])
        let grids = try numbers.enumerated().map { index, number -> Tensor in
            guard number >= 0, number < shape[0] else {
                throw GraphError("image \(number) is not one of \(shape[0])")
            }
            let samples = try samples(
                Array(regions[(4 * index)..<(4 * index + 4)]), height: shape[2], width: shape[3],
                channels: shape[1])
            return try pooled(pixels.sliced(axis: 0, number..<(number + 1)), samples)
        }
        guard !grids.isEmpty else {
            return [
                try Tensor(
                    repeating: 0, shape: [0, shape[1], rows, columns], type: images.type,
                    device: images.device)
            ]
        }
        return [try Tensor.concatenated(grids, axis: 0).converted(to: images.type)]
    }

    /// Pixels and weights of the samples of a region: four pixels for every sample of every cell.
    private struct Samples {
        var places: [Int] = []
        var weights: [Float] = []
        let each: Int
    }

    private func samples(_ region: [Double], height: Int, width: Int, channels: Int) throws -> Samples {
        let offset = coordinates == .halfPixel ? 0.5 : 0
        let edges = region.map { $0 * Double(scale) - offset }
        guard edges.allSatisfy({ abs($0) <= 1e9 }) else {
            throw GraphError("region \(region) is out of bounds")
        }
        var size = (edges[3] - edges[1], edges[2] - edges[0])
        if coordinates == .outputHalfPixel { size = (max(size.0, 1), max(size.1, 1)) }
        let cell = (size.0 / Double(rows), size.1 / Double(columns))
        let counts =
            sampling > 0
            ? (sampling, sampling) : (max(Int(cell.0.rounded(.up)), 0), max(Int(cell.1.rounded(.up)), 0))
        try Checked.requireMade([rows, columns, counts.0, counts.1, 4, channels])
        var samples = Samples(each: counts.0 * counts.1)
        let total = 4 * rows * columns * counts.0 * counts.1
        samples.places.reserveCapacity(total)
        samples.weights.reserveCapacity(total)
        for row in 0..<rows {
            for column in 0..<columns {
                for inner in 0..<counts.0 {
                    let y = edges[1] + cell.0 * (Double(row) + (Double(inner) + 0.5) / Double(counts.0))
                    for own in 0..<counts.1 {
                        let x = edges[0] + cell.1 * (Double(column) + (Double(own) + 0.5) / Double(counts.1))
                        Self.add(y, x, height, width, to: &samples)
                    }
                }
            }
        }
        return samples
    }

    private static func add(_ y: Double, _ x: Double, _ height: Int, _ width: Int, to samples: inout Samples)
    {
        guard y >= -1, y <= Double(height), x >= -1, x <= Double(width) else {
            samples.places += [0, 0, 0, 0]
            samples.weights += [0, 0, 0, 0]
            return
        }
        func split(_ value: Double, _ length: Int) -> (low: Int, high: Int, share: Double) {
            let inside = max(value, 0)
            guard inside < Double(length - 1) else { return (length - 1, length - 1, 0) }
            let low = Int(inside)
            return (low, low + 1, inside - Double(low))
        }
        let (rows, columns) = (split(y, height), split(x, width))
        samples.places += [
            rows.low * width + columns.low, rows.low * width + columns.high, rows.high * width + columns.low,
            rows.high * width + columns.high,
        ]
        samples.weights += [
            Float((1 - rows.share) * (1 - columns.share)), Float((1 - rows.share) * columns.share),
            Float(rows.share * (1 - columns.share)), Float(rows.share * columns.share),
        ]
    }

    /// Returns the grid [1, c, rows, columns] of one image's pixels [1, c, height width].
    private func pooled(_ pixels: Tensor, _ samples: Samples) throws -> Tensor {
        let channels = pixels.shape[1]
        guard samples.each > 0 else {
            return try Tensor(
                repeating: 0, shape: [1, channels, rows, columns], type: pixels.type, device: pixels.device)
        }
        let weights = try Tensor(samples.weights).converted(to: pixels.type).moved(to: pixels.device)
        let shares = try pixels.selecting(axis: 2, samples.places).multiplied(by: weights)
            .reshaped([1, channels, rows, columns, samples.each * 4])
        switch mode {
        case .max: return try shares.reduced(.maximum, axes: [4])
        case .avg: return try shares.reduced(.sum, axes: [4]).applying(.multiplied(1 / Double(samples.each)))
        }
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        [
            .same(.input(0, 1), .output(0, 1)), .same(.input(1, 0), .output(0, 0)),
            .same(.input(2, 0), .output(0, 0)),
        ]
    }
}
