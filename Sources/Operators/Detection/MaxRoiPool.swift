internal import Graph
internal import Torch

/// Pools regions [count, 5] (image, x1, y1, x2, y2) of images [n, c, height, width] into grids [count, c,
/// rows, columns]: the largest pixel of every cell, 0 in an empty one.
struct MaxRoiPool: Operator {
    static let type = "MaxRoiPool"

    private let rows: Int
    private let columns: Int
    private let scale: Float

    init(attributes: Attributes, signature: OperatorSignature) throws {
        let shape = try attributes.integers("pooled_shape") ?? []
        guard shape.count == 2, shape.allSatisfy({ $0 >= 1 }) else {
            throw GraphError("attribute pooled_shape must be two positive lengths, got \(shape)")
        }
        try Checked.requireMade(shape)
        (rows, columns) = (shape[0], shape[1])
        scale = try attributes.float("spatial_scale", default: 1)
    }

    var attributes: Attributes {
        var result: Attributes = ["pooled_shape": .integers([rows, columns])]
        if scale != 1 { result["spatial_scale"] = .float(scale) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (images, regions) = (try inputs.type(0), try inputs.type(1))
        try ElementDomain.real.require(images.element)
        try images.requireRank(4...4, "the images")
        try regions.requireRank(2...2, "the regions")
        try regions.requireShape([regions.shape[0], 5], "the regions")
        try regions.requireElement(images.element, "the regions")
        return [try .output(images.element, [regions.shape[0], images.shape[1], rows, columns])]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let images = try inputs.required(0)
        let regions = try inputs.required(1).doubles()
        let shape = images.shape
        guard shape.count == 4, regions.count % 5 == 0 else {
            throw GraphError("regions do not fit images of shape \(shape)")
        }
        let zero = try Tensor(
            repeating: 0, shape: [1, shape[1], 1, 1], type: images.type, device: images.device)
        var cells: [Tensor] = []
        for start in stride(from: 0, to: regions.count, by: 5) {
            let region = Array(regions[start..<(start + 5)])
            guard let number = Int(exactly: region[0]), number >= 0, number < shape[0] else {
                throw GraphError("image \(region[0]) is not one of \(shape[0])")
            }
            let image = try images.sliced(axis: 0, number..<(number + 1))
            let across = try parts(region[1], region[3], columns, shape[3])
            for vertical in try parts(region[2], region[4], rows, shape[2]) {
                let band = try image.sliced(axis: 2, vertical)
                for horizontal in across {
                    cells.append(
                        vertical.isEmpty || horizontal.isEmpty
                            ? zero
                            : try band.sliced(axis: 3, horizontal)
                                .reduced(.maximum, axes: [2, 3], keepingAxes: true))
                }
            }
        }
        guard !cells.isEmpty else {
            return [try Tensor(repeating: 0, shape: [0, shape[1], rows, columns], type: images.type)]
        }
        return [
            try Tensor.concatenated(cells, axis: 0)
                .reshaped([regions.count / 5, rows, columns, shape[1]]).permuted([0, 3, 1, 2])
        ]
    }

    /// Returns the pixels of each cell along one side of a region.
    private func parts(_ first: Double, _ last: Double, _ count: Int, _ length: Int) throws -> [Range<Int>] {
        let (start, end) = ((first * Double(scale)).rounded(), (last * Double(scale)).rounded())
        guard abs(start) <= 1e9, abs(end) <= 1e9 else { throw GraphError("a region is out of bounds") }
        let size = max(end - start + 1, 1) / Double(count)
        return (0..<count).map { index in
            let low = Int((Double(index) * size).rounded(.down) + start)
            let high = Int((Double(index + 1) * size).rounded(.up) + start)
            let inside = min(max(low, 0), length)
            return inside..<max(min(max(high, 0), length), inside)
        }
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        [.same(.input(0, 1), .output(0, 1)), .same(.input(1, 0), .output(0, 0))]
    }
}
