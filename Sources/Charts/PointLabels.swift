/// Finds places for the names of marked points: within the plot, over no other name and no mark.
package struct PointLabels {
    /// A name and where it stands.
    package struct Label: Equatable {
        package let text: String
        /// The left end of its baseline.
        package let origin: ChartPoint
        /// The room that it takes.
        package let frame: ChartFrame
    }

    private static let distance = 11.0
    private static let height = ChartStyle.labelSize * 1.25

    /// Places names.
    ///
    /// - Parameters:
    ///   - points: The marks, in pixels, with their names.
    ///   - plot: What names must stay in.
    package static func place(_ points: [(point: ChartPoint, text: String)], in plot: ChartFrame) -> [Label] {
        let inner = plot.inset(left: 3, top: 3, right: 3, bottom: 3)
        let marks = points.map {
            ChartFrame(left: $0.point.x - 8, top: $0.point.y - 8, width: 16, height: 16)
        }
        var taken: [ChartFrame] = []
        return points.enumerated().map { index, entry in
            let frames = candidates(
                entry.point, TextMetrics.width(entry.text, size: ChartStyle.labelSize, isBold: true))
            let others = marks.indices.filter { $0 != index }.map { marks[$0] }
            func faults(_ frame: ChartFrame) -> Int {
                (inner.contains(frame) ? 0 : 100) + taken.count { $0.overlaps(frame) } * 10
                    + others.count { $0.overlaps(frame) } * 5
            }
            let best = frames.enumerated().min {
                (faults($0.element), $0.offset) < (faults($1.element), $1.offset)
            }
            let frame = best?.element ?? marks[index]
            taken.append(frame)
            return Label(
                text: entry.text,
                origin: ChartPoint(frame.left, frame.top + ChartStyle.labelSize), frame: frame)
        }
    }

    /// Places around a point, the best ones first.
    private static func candidates(_ point: ChartPoint, _ width: Double) -> [ChartFrame] {
        let (side, half) = (distance, height / 2)
        let corners: [(Double, Double)] = [
            (point.x + side, point.y - half), (point.x - side - width, point.y - half),
            (point.x - width / 2, point.y - side - height), (point.x - width / 2, point.y + side),
            (point.x + side, point.y - side - height), (point.x + side, point.y + side),
            (point.x - side - width, point.y - side - height), (point.x - side - width, point.y + side),
            (point.x - width / 2, point.y + side + height),
            (point.x - width / 2, point.y - side - 2 * height),
        ]
        return corners.map { ChartFrame(left: $0.0, top: $0.1, width: width, height: height) }
    }
}
