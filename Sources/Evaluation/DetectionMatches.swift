package import Torch

/// The number of a detector's boxes that another network finds again.
///
/// A detection is a place whose highest score is above a threshold. It is found again if the other network gives the
/// same class there, a score above half the threshold, and a box with an overlap (IoU) of at least 0.5.
package struct DetectionMatches {
    private static let threshold = 0.25
    private static let overlap = 0.5

    /// The original's detections.
    package let count: Double
    /// Those that the other network finds again.
    package let matched: Double

    /// Compares the outputs for one batch; nil if they are no detections.
    package init?(_ original: Tensor, _ other: Tensor) throws {
        guard let layout = try DetectionLayout(of: original) else { return nil }
        func rows(_ tensor: Tensor) throws -> [Double] {
            try (layout.axis == 2 ? tensor : tensor.permuted([0, 2, 1])).doubles()
        }
        let (left, right) = (try rows(original), try rows(other))
        let (width, firstClass, objectness) = (layout.width, layout.firstClass, layout.hasObjectness)
        var (count, matched) = (0.0, 0.0)
        for start in stride(from: 0, to: left.count, by: width) {
            func best(_ values: [Double]) -> (kind: Int, score: Double) {
                var result = (kind: 0, score: -Double.infinity)
                for place in firstClass..<width where values[start + place] > result.score {
                    result = (place, values[start + place])
                }
                if objectness { result.score *= values[start + 4] }
                return result
            }
            let expected = best(left)
            guard expected.score > Self.threshold else { continue }
            count += 1
            let found = best(right)
            guard found.kind == expected.kind, found.score > Self.threshold / 2 else { continue }
            if Self.overlap(left[start..<start + 4], right[start..<start + 4]) >= Self.overlap {
                matched += 1
            }
        }
        self.count = count
        self.matched = matched
    }

    /// The overlap of two boxes given by centre, width and height.
    private static func overlap(_ one: ArraySlice<Double>, _ other: ArraySlice<Double>) -> Double {
        let (a, b) = (Array(one), Array(other))
        func common(_ axis: Int) -> Double {
            max(
                0,
                min(a[axis] + a[axis + 2] / 2, b[axis] + b[axis + 2] / 2)
                    - max(a[axis] - a[axis + 2] / 2, b[axis] - b[axis + 2] / 2))
        }
        let both = common(0) * common(1)
        let union = a[2] * a[3] + b[2] * b[3] - both
        return union > 0 ? both / union : 0
    }
}
