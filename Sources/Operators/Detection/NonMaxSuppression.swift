internal import Graph
internal import Torch

/// The boxes of each class that overlap no box of a higher score: rows (image, class, box), [count, 3].
///
/// The inputs are boxes [n, count, 4], scores [n, classes, count], the largest number of boxes per class, and
/// the thresholds of overlap (intersection / union) and score. Boxes are two opposite corners (y, x), or a
/// centre (x, y) with width and height. The number of rows depends on the data. O(boxes^2) per class at
/// worst.
struct NonMaxSuppression: Operator {
    static let type = "NonMaxSuppression"

    private let takesCentres: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        takesCentres = try attributes.flag("center_point_box")
    }

    var attributes: Attributes { takesCentres ? ["center_point_box": .integer(1)] : [:] }

    private static func check(_ boxes: [Int], _ scores: [Int]) throws(GraphError) {
        guard boxes.count == 3, boxes[2] == 4, scores.count == 3, scores[0] == boxes[0], scores[2] == boxes[1]
        else { throw GraphError("boxes of shape \(boxes) do not fit scores of \(scores)") }
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (boxes, scores) = (try inputs.type(0), try inputs.type(1))
        try boxes.requireElement(.float32, "the boxes")
        try scores.requireElement(.float32, "the scores")
        try Self.check(boxes.shape, scores.shape)
        return [
            try rows((0..<5).map { inputs.optionalType($0) == nil ? nil : try inputs.value($0) })
                .tensorType
        ]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        [try rows(inputs)]
    }

    private func rows(_ inputs: [Tensor?]) throws -> Tensor {
        let (boxes, scores) = (try inputs.required(0), try inputs.required(1))
        try Self.check(boxes.shape, scores.shape)
        func number(_ index: Int) throws -> Double? {
            guard let values = try inputs.optional(index)?.doubles() else { return nil }
            guard values.count <= 1 else { throw GraphError("input \(index) must be a scalar") }
            return values.first
        }
        let limit = try number(2) ?? 0
        let overlap = Float(try number(3) ?? 0)
        let least = try number(4).map { Float($0) }
        guard overlap >= 0, overlap <= 1 else {
            throw GraphError("the threshold of overlap must be in 0 ... 1, got \(overlap)")
        }
        let (count, classes) = (boxes.shape[1], scores.shape[1])
        let corners = try boxes.floats()
        let values = try scores.floats()
        var rows: [Int] = []
        for image in 0..<boxes.shape[0] {
            let areas = (0..<count).map { area(corners, from: (image * count + $0) * 4) }
            for kind in 0..<classes {
                let start = (image * classes + kind) * count
                let own = Array(values[start..<(start + count)])
                for box in Self.selected(areas, own, limit: limit, overlap: overlap, least: least) {
                    rows += [image, kind, box]
                }
            }
        }
        return try Tensor(rows, shape: [rows.count / 3, 3]).moved(to: boxes.device)
    }

    /// A box by its smallest and largest coordinates.
    private struct Area {
        let left: Float
        let top: Float
        let right: Float
        let bottom: Float

        var size: Float { (right - left) * (bottom - top) }

        /// Whether intersection / union is greater than a threshold.
        func overlaps(_ other: Area, beyond threshold: Float) -> Bool {
            let width = min(right, other.right) - max(left, other.left)
            let height = min(bottom, other.bottom) - max(top, other.top)
            guard width > 0, height > 0, size > 0, other.size > 0 else { return false }
            let shared = width * height
            let union = size + other.size - shared
            return union > 0 && shared / union > threshold
        }
    }

    private func area(_ values: [Float], from start: Int) -> Area {
        let (first, second, third, fourth) = (
            values[start], values[start + 1], values[start + 2], values[start + 3]
        )
        if takesCentres {
            return Area(
                left: first - third / 2, top: second - fourth / 2, right: first + third / 2,
                bottom: second + fourth / 2)
        }
        return Area(
            left: min(second, fourth), top: min(first, third), right: max(second, fourth),
            bottom: max(first, third))
    }

    private static func selected(
        _ areas: [Area], _ scores: [Float], limit: Double, overlap: Float, least: Float?
    ) -> [Int] {
        var candidates = Array(scores.indices)
        if let least { candidates.removeAll { !(scores[$0] > least) } }
        // Equal scores keep the order of their boxes; NaN comes last.
        candidates.sort {
            let (first, second) = (scores[$0], scores[$1])
            if first.isNaN != second.isNaN { return second.isNaN }
            return first == second || first.isNaN ? $0 < $1 : first > second
        }
        var chosen: [Int] = []
        for box in candidates {
            guard Double(chosen.count) < limit else { break }
            if chosen.allSatisfy({ !areas[box].overlaps(areas[$0], beyond: overlap) }) { chosen.append(box) }
        }
        return chosen
    }
}
