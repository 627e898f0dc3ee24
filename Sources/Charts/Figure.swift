/// Charts in rows under a title: one SVG file.
package struct Figure: Sendable {
    /// The title.
    package let title: String
    /// What stands under the title, a line each.
    package let notes: [String]
    /// The charts.
    package let rows: [[any Chart]]

    private static let margin = 16.0
    private static let gap = 20.0
    private static let lineHeight = 18.0

    /// Arranges charts.
    package init(title: String, notes: [String] = [], rows: [[any Chart]]) {
        self.title = title
        self.notes = notes
        self.rows = rows.filter { !$0.isEmpty }
    }

    /// The size of the whole picture.
    package var size: ChartSize {
        let widths = rows.map { row in
            row.reduce(Self.gap * Double(row.count - 1)) { $0 + $1.size.width }
        }
        let texts =
            [TextMetrics.width(title, size: ChartStyle.titleSize, isBold: true)]
            + notes.map { TextMetrics.width($0, size: ChartStyle.labelSize) }
        let width = (widths + texts).max() ?? 0
        let height = rows.reduce(headHeight) { $0 + Self.height(of: $1) + Self.gap }
        return ChartSize(width + 2 * Self.margin, height + 2 * Self.margin - Self.gap)
    }

    /// The picture as an SVG file.
    package var svg: String {
        var canvas = Canvas()
        var baseline = Self.margin + ChartStyle.titleSize
        canvas.text(
            title, at: ChartPoint(Self.margin, baseline), size: ChartStyle.titleSize, isBold: true)
        for note in notes {
            baseline += Self.lineHeight
            canvas.text(note, at: ChartPoint(Self.margin, baseline), color: ChartStyle.paleInk)
        }
        var top = Self.margin + headHeight
        for row in rows {
            var left = Self.margin
            for chart in row {
                chart.draw(
                    on: &canvas,
                    in: ChartFrame(left: left, top: top, width: chart.size.width, height: chart.size.height))
                left += chart.size.width + Self.gap
            }
            top += Self.height(of: row) + Self.gap
        }
        return canvas.document(size, title: title)
    }

    private var headHeight: Double {
        ChartStyle.titleSize + Double(notes.count) * Self.lineHeight + 14
    }

    private static func height(of row: [any Chart]) -> Double { row.map(\.size.height).max() ?? 0 }
}
