/// Two axes with round ticks and titles, and the plot between them.
package struct Axes: Sendable {
    /// What an axis shows.
    package struct Dimension: Sendable {
        /// What stands along it.
        package let title: String
        /// The numbers that it shows.
        package let domain: ClosedRange<Double>

        /// Describes an axis.
        package init(_ title: String, _ domain: ClosedRange<Double>) {
            (self.title, self.domain) = (title, domain)
        }
    }

    /// Where data is drawn.
    package let plot: ChartFrame
    /// From data to pixels, from the left to the right.
    package let horizontal: LinearScale
    /// From data to pixels, from below upwards.
    package let vertical: LinearScale
    /// The ticks below.
    package let horizontalTicks: Ticks
    /// The ticks on the left.
    package let verticalTicks: Ticks
    private let titles: (x: String, y: String)

    private static let titleHeight = 20.0
    private static let tickLength = 5.0

    /// Places axes.
    ///
    /// - Parameters:
    ///   - x: The axis below.
    ///   - y: The axis on the left.
    ///   - frame: The room for the plot and everything beside it.
    package init(_ x: Dimension, _ y: Dimension, in frame: ChartFrame) {
        let height = frame.height - Self.bottomMargin - 8
        let verticalTicks = Ticks(in: LinearScale(y.domain).domain, about: max(Int(height / 34), 2))
        let widest = verticalTicks.labels.map { TextMetrics.width($0, size: ChartStyle.tickSize) }.max() ?? 0
        let plot = frame.inset(
            left: Self.titleHeight + widest + Self.tickLength + 5, top: 8, right: 16,
            bottom: Self.bottomMargin)
        self.plot = plot
        horizontal = LinearScale(x.domain, from: plot.left, to: plot.right)
        vertical = LinearScale(y.domain, from: plot.bottom, to: plot.top)
        horizontalTicks = Self.ticks(in: horizontal.domain, within: plot.width)
        self.verticalTicks = verticalTicks
        titles = (x.title, y.title)
    }

    /// Returns as many ticks as have room for their numbers side by side.
    private static func ticks(in domain: ClosedRange<Double>, within width: Double) -> Ticks {
        for count in stride(from: Int(width / 40), to: 2, by: -1) {
            let ticks = Ticks(in: domain, about: count)
            let widest = ticks.labels.map { TextMetrics.width($0, size: ChartStyle.tickSize) }.max() ?? 0
            let span = domain.upperBound - domain.lowerBound
            if (widest + 16) * span <= ticks.step * width { return ticks }
        }
        return Ticks(in: domain, about: 2)
    }

    private static var bottomMargin: Double { tickLength + ChartStyle.tickSize + 4 + titleHeight }

    /// Returns where a point of the data lies.
    package func place(_ point: ChartPoint) -> ChartPoint {
        ChartPoint(horizontal.position(point.x), vertical.position(point.y))
    }

    /// Draws pale lines at the ticks; they belong behind the data.
    package func drawGrid(on canvas: inout Canvas) {
        let stroke = Stroke(ChartStyle.grid)
        for tick in horizontalTicks.values {
            let x = horizontal.position(tick)
            canvas.line(from: ChartPoint(x, plot.top), to: ChartPoint(x, plot.bottom), stroke)
        }
        for tick in verticalTicks.values {
            let y = vertical.position(tick)
            canvas.line(from: ChartPoint(plot.left, y), to: ChartPoint(plot.right, y), stroke)
        }
    }

    /// Draws the axes with ticks, numbers and titles.
    package func draw(on canvas: inout Canvas) {
        let stroke = Stroke(ChartStyle.ink)
        canvas.rectangle(plot, fill: nil, stroke: stroke)
        for (tick, label) in zip(horizontalTicks.values, horizontalTicks.labels) {
            let x = horizontal.position(tick)
            canvas.line(
                from: ChartPoint(x, plot.bottom), to: ChartPoint(x, plot.bottom + Self.tickLength), stroke)
            canvas.text(
                label, at: ChartPoint(x, plot.bottom + Self.tickLength + ChartStyle.tickSize),
                anchor: .middle, size: ChartStyle.tickSize)
        }
        for (tick, label) in zip(verticalTicks.values, verticalTicks.labels) {
            let y = vertical.position(tick)
            canvas.line(
                from: ChartPoint(plot.left - Self.tickLength, y), to: ChartPoint(plot.left, y), stroke)
            canvas.text(
                label, at: ChartPoint(plot.left - Self.tickLength - 3, y + ChartStyle.tickSize * 0.36),
                anchor: .end, size: ChartStyle.tickSize)
        }
        canvas.text(
            titles.x, at: ChartPoint(plot.left + plot.width / 2, plot.bottom + Self.bottomMargin - 4),
            anchor: .middle)
        let labels = verticalTicks.labels.map { TextMetrics.width($0, size: ChartStyle.tickSize) }
        let left = plot.left - Self.tickLength - 5 - (labels.max() ?? 0) - 7
        canvas.text(
            titles.y, at: ChartPoint(left, plot.top + plot.height / 2), anchor: .middle, angle: -90)
    }
}
