/// Filled contours of a field, with marked points and a colour bar.
package struct ContourChart: Chart {
    /// A point of interest.
    package struct Mark: Sendable, Hashable {
        /// Its name.
        package let name: String
        /// Where it lies in the data.
        package let point: ChartPoint

        /// Marks a point.
        package init(_ name: String, _ point: ChartPoint) {
            (self.name, self.point) = (name, point)
        }
    }

    private let titles: (x: String, y: String)
    private let field: GridField
    private let marks: [Mark]
    private let valueTitle: String
    /// Where one colour ends and the next begins, ascending.
    package let thresholds: [Double]
    /// The number above which all share the last colour; nil where none is cut off.
    package let limit: Double?
    private let labels: [String]
    private let isReversed: Bool

    private static let plotLength = 480.0

    /// Makes a chart.
    ///
    /// - Parameters:
    ///   - x: What lies along the axis below.
    ///   - y: What lies along the axis on the left, in the unit of the other one.
    ///   - field: The numbers.
    ///   - valueTitle: What they are.
    ///   - greatest: All numbers above share a colour; nil gives every number its own.
    ///   - bands: About how many colours there are.
    ///   - isReversed: Whether the least number is the brightest.
    package init(
        x: String, y: String, field: GridField, marks: [Mark], valueTitle: String, greatest: Double? = nil,
        bands: Int = 14, isReversed: Bool = false
    ) {
        titles = (x, y)
        (self.field, self.marks, self.valueTitle, self.isReversed) = (field, marks, valueTitle, isReversed)
        let low = field.values.min() ?? 0
        let high = min(field.values.max() ?? 1, greatest ?? .infinity)
        let ticks = Ticks(in: LinearScale(low...max(low, high)).domain, about: bands)
        thresholds = ticks.values.filter { $0 > low }
        labels = thresholds.map(ticks.label)
        limit = (field.values.max() ?? high) > high ? thresholds.last : nil
    }

    /// The colours, that below the first threshold first.
    package var colors: [Color] {
        (0...thresholds.count).map {
            let share = Double($0) / Double(max(thresholds.count, 1))
            return ColorMap.sequential.color(at: isReversed ? 1 - share : share)
        }
    }

    private var bar: ColorBar {
        ColorBar(valueTitle, .bands(colors, thresholds: thresholds, labels: labels))
    }

    package var size: ChartSize { ChartSize(frameSize.width + 8 + bar.width, frameSize.height) }

    /// The plot with its axes: both have the same scale, unless one is very short.
    private var frameSize: ChartSize {
        let (width, height) = (extent(field.xs), extent(field.ys))
        let unit = Self.plotLength / max(width, height)
        let plot = ChartSize(max(width * unit, 160), max(height * unit, 160))
        var size = ChartSize(plot.width + 80, plot.height + 50)
        // How wide the numbers at the left are depends on the height.
        for _ in 0..<2 {
            let found = axes(in: ChartFrame(left: 0, top: 0, width: size.width, height: size.height)).plot
            size = ChartSize(
                size.width + plot.width - found.width, size.height + plot.height - found.height)
        }
        return size
    }

    private func extent(_ values: [Double]) -> Double { (values.last ?? 1) - (values.first ?? 0) }

    private func range(_ values: [Double]) -> ClosedRange<Double> {
        (values.first ?? 0)...(values.last ?? 1)
    }

    /// Returns the axes in a frame.
    package func layout(in frame: ChartFrame) -> Axes {
        let size = frameSize
        return axes(
            in: ChartFrame(left: frame.left, top: frame.top, width: size.width, height: size.height))
    }

    private func axes(in frame: ChartFrame) -> Axes {
        Axes(
            Axes.Dimension(titles.x, range(field.xs)), Axes.Dimension(titles.y, range(field.ys)), in: frame)
    }

    package func draw(on canvas: inout Canvas, in frame: ChartFrame) {
        let axes = layout(in: frame)
        let colors = colors
        canvas.rectangle(axes.plot, fill: colors[0])
        // Each region lies on those of lower thresholds, so that no seams are seen between colours.
        for (threshold, color) in zip(thresholds, colors.dropFirst()) {
            let rings = ContourTracer(field, threshold: threshold).rings
            canvas.area(rings.map { $0.map(axes.place) }, fill: color)
        }
        let places = marks.map { (point: axes.place($0.point), text: $0.name) }
        for place in places {
            canvas.circle(
                place.point, radius: 6, fill: ChartStyle.background, stroke: Stroke(ChartStyle.ink, width: 2))
        }
        for label in PointLabels.place(places, in: axes.plot) {
            canvas.text(label.text, at: label.origin, isBold: true, halo: ChartStyle.background)
        }
        axes.draw(on: &canvas)
        bar.draw(
            on: &canvas,
            in: ChartFrame(
                left: frame.left + frameSize.width + 8, top: axes.plot.top, width: bar.width,
                height: axes.plot.height))
    }
}
