internal import Foundation
internal import Graph
internal import Torch

/// Triangular bands that turn a spectrum [..., length / 2 + 1] into one on the mel scale: [length / 2 + 1, bands].
///
/// The inputs are the number of bands, the Fourier transform's length, the sampling rate, and the lowest and highest
/// frequency in hertz; mel(f) = 2595 log10(1 + f / 700).
struct MelWeightMatrix: Operator {
    static let type = "MelWeightMatrix"

    private let element: DType

    init(attributes: Attributes, signature: OperatorSignature) throws {
        element = try attributes.elementType("output_datatype") ?? .float32
    }

    var attributes: Attributes {
        element == .float32 ? [:] : ["output_datatype": .integer(ElementCode.code(element))]
    }

    private func shape(bands: [Int], length: [Int]) throws(GraphError) -> [Int] {
        guard bands.count == 1, length.count == 1, bands[0] >= 1, length[0] >= 1 else {
            throw GraphError(
                "the number of bands and the length must be positive, got \(bands) and \(length)")
        }
        let shape = [length[0] / 2 + 1, bands[0]]
        try Checked.requireMade(shape)
        return shape
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        for index in 2..<5 {
            guard try inputs.type(index).count == 1 else {
                throw GraphError("input \(index) must be a scalar")
            }
        }
        return [try .output(element, shape(bands: inputs.integers(0), length: inputs.integers(1)))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (bands, length) = (try inputs.required(0).integers(), try inputs.required(1).integers())
        let shape = try shape(bands: bands, length: length)
        let (rows, columns) = (shape[0], shape[1])
        let rate = try inputs.required(2).scalar()
        let (low, high) = (try inputs.required(3).scalar(), try inputs.required(4).scalar())
        guard rate > 0, low >= 0, high > low, high.isFinite else {
            throw GraphError("cannot make bands from \(low) to \(high) Hz at a rate of \(rate)")
        }
        let (bottom, top) = (Self.mel(low), Self.mel(high))
        let edges = try (0..<(columns + 2)).map { index -> Int in
            let mel = bottom + Double(index) * (top - bottom) / Double(columns + 2)
            let place = ((Double(length[0]) + 1) * 700 * expm1(mel / 2595 * log(10)) / rate).rounded(.down)
            guard place >= 0, place < Double(rows) else {
                throw GraphError("\(high) Hz is beyond half the rate of \(rate)")
            }
            return Int(place)
        }
        var weights = [Double](repeating: 0, count: rows * columns)
        for column in 0..<columns {
            let (left, centre, right) = (edges[column], edges[column + 1], edges[column + 2])
            if left == centre { weights[centre * columns + column] = 1 }
            for row in left..<centre {
                weights[row * columns + column] = Double(row - left) / Double(centre - left)
            }
            for row in centre..<right {
                weights[row * columns + column] = Double(right - row) / Double(right - centre)
            }
            if left < centre { weights[centre * columns + column] = 1 }
        }
        return [
            try Tensor(weights, shape: shape).converted(to: element).moved(to: inputs.required(0).device)
        ]
    }

    private static func mel(_ frequency: Double) -> Double { 2595 * log1p(frequency / 700) / log(10) }
}
