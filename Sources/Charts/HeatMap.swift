internal import Foundation

/// A table of coloured cells with their numbers, and a colour bar.
package struct HeatMap: Chart {
    /// What stands above.
    package let title: String
    /// What the columns are.
    package let xTitle: String
    /// What the rows are.
    package let yTitle: String
    /// The names of the columns.
    package let columns: [String]
    /// The names of the rows, from above.
    package let rows: [String]
    /// The numbers `[rows][columns]`; nil where there is none.
    package let values: [[Double?]]
    /// The colours.
    package let colors: ColorMap
    /// The numbers at the ends of the colours.
    package let domain: ClosedRange<Double>
    /// What the numbers are.
    package let valueTitle: String

    private static let cell = ChartSize(58, 28)

    /// Makes a heat map.
    ///
    /// - Parameter domain: The numbers at the ends of the colours; nil is the greatest magnitude to both sides of 0.
    /// - Throws: `ChartError` where the values do not fit the names.
    package init(
        title: String, x: String, y: String, columns: [String], rows: [String], values: [[Double?]],
        valueTitle: String, colors: ColorMap = .diverging, domain: ClosedRange<Double>? = nil
    ) throws {
        guard values.count == rows.count, values.allSatisfy({ $0.count == columns.count }) else {
            throw ChartError(
                "a heat map of \(rows.count) x \(columns.count) cells got rows of \(values.map(\.count)) values"
            )
        }
        let greatest = values.joined().compactMap { $0 }.filter(\.isFinite).map(abs).max() ?? 0
        (self.title, xTitle, yTitle, self.columns, self.rows) = (title, x, y, columns, rows)
        self.values = values.map { $0.map { $0.flatMap { $0.isFinite ? $0 : nil } } }
        (self.valueTitle, self.colors) = (valueTitle, colors)
        let end = max(greatest, 1e-12)
        self.domain = domain ?? -end...end
    }

    private var bar: ColorBar { ColorBar(valueTitle, .continuous(colors, domain)) }

    private var leftMargin: Double {
        34 + (rows.map { TextMetrics.width($0, size: ChartStyle.tickSize) }.max() ?? 0)
    }

    private var topMargin: Double { title.isEmpty ? 4 : ChartStyle.headingSize + 10 }

    private var plotSize: ChartSize {
        ChartSize(
            Double(max(columns.count, 1)) * Self.cell.width,
            max(Double(rows.count) * Self.cell.height, 120))
    }

    package var size: ChartSize {
        let titleWidth = TextMetrics.width(title, size: ChartStyle.headingSize, isBold: true)
        return ChartSize(
            max(leftMargin + plotSize.width + 16 + bar.width, titleWidth), topMargin + plotSize.height + 42)
    }

    /// Returns the colour of a number.
    package func color(of value: Double) -> Color {
        colors.color(at: LinearScale(domain).position(value))
    }

    package func draw(on canvas: inout Canvas, in frame: ChartFrame) {
        canvas.text(
            title, at: ChartPoint(frame.left, frame.top + ChartStyle.headingSize),
            size: ChartStyle.headingSize, isBold: true)
        let plot = ChartFrame(
            left: frame.left + leftMargin, top: frame.top + topMargin, width: plotSize.width,
            height: plotSize.height)
        let height = plot.height / Double(max(rows.count, 1))
        for (row, name) in rows.enumerated() {
            let top = plot.top + Double(row) * height
            let baseline = top + height / 2 + ChartStyle.tickSize * 0.36
            canvas.text(
                name, at: ChartPoint(plot.left - 6, baseline), anchor: .end, size: ChartStyle.tickSize)
            for column in columns.indices {
                let cell = ChartFrame(
                    left: plot.left + Double(column) * Self.cell.width, top: top, width: Self.cell.width,
                    height: height)
                let value = values[row][column]
                let fill = value.map(color) ?? ChartStyle.missing
                canvas.rectangle(cell, fill: fill, stroke: Stroke(ChartStyle.background))
                canvas.text(
                    value.map(Self.text) ?? "\u{2013}",
                    at: ChartPoint(cell.left + cell.width / 2, baseline), anchor: .middle,
                    size: ChartStyle.tickSize, color: fill.inkOnTop)
            }
        }
        for (column, name) in columns.enumerated() {
            canvas.text(
                name,
                at: ChartPoint(
                    plot.left + (Double(column) + 0.5) * Self.cell.width,
                    plot.bottom + ChartStyle.tickSize + 4),
                anchor: .middle, size: ChartStyle.tickSize)
        }
        canvas.text(
            xTitle, at: ChartPoint(plot.left + plot.width / 2, plot.bottom + 38), anchor: .middle)
        canvas.text(
            yTitle, at: ChartPoint(frame.left + ChartStyle.labelSize, plot.top + plot.height / 2),
            anchor: .middle, angle: -90)
        bar.draw(
            on: &canvas,
            in: ChartFrame(left: plot.right + 16, top: plot.top, width: bar.width, height: plot.height))
    }

    private static func text(_ value: Double) -> String {
        let text = String(format: abs(value) < 99.95 ? "%.1f" : "%.0f", value)
        return (text == "-0.0" ? "0.0" : text).replacingOccurrences(of: "-", with: "\u{2212}")
    }
}
