/// Lines through points, each with a band of how far values spread.
package struct LineChart: Chart {
    /// One line.
    package struct Series: Sendable {
        /// A point of the line.
        package struct Sample: Sendable, Hashable {
            /// Where it is.
            package let x: Double
            /// Its value.
            package let y: Double
            /// The least and the greatest value; nil where there is one only.
            package let spread: ClosedRange<Double>?

            /// Makes a point.
            package init(_ x: Double, _ y: Double, spread: ClosedRange<Double>? = nil) {
                (self.x, self.y, self.spread) = (x, y, spread)
            }
        }

        /// The name.
        package let name: String
        /// How it is drawn.
        package let style: ChartStyle.Series
        /// The points in the order in which they are joined.
        package let samples: [Sample]

        /// Makes a line; samples that are not finite are left out.
        package init(_ name: String, _ style: ChartStyle.Series, _ samples: [Sample]) {
            (self.name, self.style) = (name, style)
            self.samples = samples.filter { $0.x.isFinite && $0.y.isFinite }
        }
    }

    /// A value that all lines are compared with.
    package struct Reference: Sendable {
        /// What it is.
        package let name: String
        /// The value.
        package let y: Double

        /// Makes a reference.
        package init(_ name: String, _ y: Double) {
            (self.name, self.y) = (name, y)
        }

        /// How it is drawn.
        package static let style = ChartStyle.Series(color: ChartStyle.paleInk, dashes: [3, 3])
    }

    /// What stands above.
    package let title: String
    /// What lies along the axis below.
    package let xTitle: String
    /// What lies along the axis on the left.
    package let yTitle: String
    /// The lines.
    package let series: [Series]
    /// A value to compare with.
    package let reference: Reference?
    /// The numbers of the axis on the left; nil is what covers all values.
    package let yRange: ClosedRange<Double>?
    /// Whether names stand under the title.
    package let hasLegend: Bool
    /// The room that the chart takes.
    package let size: ChartSize

    /// Makes a chart.
    package init(
        title: String, x: String, y: String, series: [Series], reference: Reference? = nil,
        yRange: ClosedRange<Double>? = nil, hasLegend: Bool = true, size: ChartSize = ChartSize(620, 420)
    ) {
        (self.title, xTitle, yTitle, self.series) = (title, x, y, series)
        (self.reference, self.yRange, self.hasLegend, self.size) = (reference, yRange, hasLegend, size)
    }

    /// The entries of the legend.
    package var legend: [Legend.Entry] {
        series.map { Legend.Entry($0.name, $0.style) }
            + (reference.map { [Legend.Entry($0.name, Reference.style, hasMarks: false)] } ?? [])
    }

    /// Returns the axes and what is above them.
    package func layout(in frame: ChartFrame) -> (axes: Axes, legend: ChartFrame?) {
        var top = title.isEmpty ? 0 : ChartStyle.headingSize + 8
        var place: ChartFrame?
        if hasLegend {
            let size = Legend(legend, width: frame.width).size
            place = ChartFrame(
                left: frame.left, top: frame.top + top, width: frame.width, height: size.height)
            top += size.height + 2
        }
        let samples = series.flatMap(\.samples)
        let xs = samples.map(\.x)
        let ys =
            samples.flatMap { [$0.y, $0.spread?.lowerBound ?? $0.y, $0.spread?.upperBound ?? $0.y] }
            + (reference.map { [$0.y] } ?? [])
        let low = xs.min() ?? 0
        let high = xs.max() ?? 1
        let edge = (high - low) * 0.03
        let axes = Axes(
            Axes.Dimension(xTitle, low - edge...high + edge),
            Axes.Dimension(yTitle, yRange ?? LinearScale.roundRange(covering: ys)),
            in: frame.inset(top: top))
        return (axes, place)
    }

    package func draw(on canvas: inout Canvas, in frame: ChartFrame) {
        let (axes, legendPlace) = layout(in: frame)
        if !title.isEmpty {
            canvas.text(
                TextMetrics.shortened(title, to: frame.width / 1.1, size: ChartStyle.headingSize),
                at: ChartPoint(frame.left, frame.top + ChartStyle.headingSize),
                size: ChartStyle.headingSize, isBold: true)
        }
        if let legendPlace {
            Legend(legend, width: legendPlace.width).draw(on: &canvas, in: legendPlace)
        }
        axes.drawGrid(on: &canvas)
        for line in series {
            let spread = line.samples.filter { $0.spread != nil }
            let upper = spread.map { axes.place(ChartPoint($0.x, $0.spread?.upperBound ?? $0.y)) }
            let lower = spread.map { axes.place(ChartPoint($0.x, $0.spread?.lowerBound ?? $0.y)) }
            canvas.area([upper + lower.reversed()], fill: line.style.color, opacity: 0.15)
        }
        if let reference {
            let y = axes.vertical.position(reference.y)
            canvas.line(
                from: ChartPoint(axes.plot.left, y), to: ChartPoint(axes.plot.right, y),
                Stroke(Reference.style.color, width: 1.5, dashes: Reference.style.dashes))
        }
        for line in series {
            let points = line.samples.map { axes.place(ChartPoint($0.x, $0.y)) }
            canvas.polyline(points, Stroke(line.style.color, width: 2, dashes: line.style.dashes))
            for point in points { canvas.circle(point, radius: 3, fill: line.style.color) }
        }
        axes.draw(on: &canvas)
    }
}
