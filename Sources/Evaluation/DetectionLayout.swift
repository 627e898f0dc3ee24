package import Torch

/// How an output of a one-stage detector is laid out: one column per place, of a box (centre, width, height) in pixels
/// and scores in 0 ... 1.
///
/// Columns are those of `[n, 4 + classes, places]` or of its transpose `[n, places, 5 + classes]`; the second form has
/// an objectness before the classes.
package struct DetectionLayout {
    /// The smallest number of places of a detector.
    private static let leastPlaces = 100
    /// The numbers of a box.
    static let boxWidth = 4
    /// Scores may be outside 0 ... 1 by rounding.
    private static let scores = -1e-3...1.001

    /// The axis of the columns' numbers.
    package let axis: Int
    /// The number of a column's numbers.
    let width: Int
    /// Whether an objectness precedes the classes.
    let hasObjectness: Bool

    /// The position of the first class's score.
    var firstClass: Int { hasObjectness ? Self.boxWidth + 1 : Self.boxWidth }

    /// Finds the layout of a detector's output; nil if it is something else.
    package init?(of output: Tensor) throws {
        guard output.rank == 3, output.type.isFloatingPoint, output.count > 0 else { return nil }
        axis = output.shape[1] > output.shape[2] ? 2 : 1
        width = output.shape[axis]
        guard output.shape[3 - axis] >= Self.leastPlaces, width > Self.boxWidth else { return nil }
        hasObjectness = axis == 2 && width > Self.boxWidth + 1
        func extreme(_ reduction: Tensor.Reduction, _ columns: Range<Int>) throws -> Double {
            try output.sliced(axis: axis, columns).reduced(reduction, axes: [0, 1, 2]).scalar()
        }
        let classes = Self.boxWidth..<width
        guard try Self.scores.contains(extreme(.minimum, classes)),
            try Self.scores.contains(extreme(.maximum, classes)),
            try extreme(.minimum, 2..<Self.boxWidth) >= 0
        else { return nil }
    }

    /// How sure the detector is of each place: the largest class score, times the objectness if there is one. The
    /// axis of the columns' numbers is kept with length 1.
    package func confidence(of output: Tensor) throws -> Tensor {
        let best = try output.sliced(axis: axis, firstClass..<width)
            .reduced(.maximum, axes: [axis], keepingAxes: true)
        guard hasObjectness else { return best }
        return try best.multiplied(by: output.sliced(axis: axis, Self.boxWidth..<firstClass))
    }

    /// The positions of the centres and of the sizes of boxes.
    package var centres: Range<Int> { 0..<Self.boxWidth / 2 }
    package var sizes: Range<Int> { Self.boxWidth / 2..<Self.boxWidth }
}
