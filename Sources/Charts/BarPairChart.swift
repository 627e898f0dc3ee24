/// Pairs of horizontal bars: what there was, and on it what is left.
package struct BarPairChart: Chart {
    /// One pair.
    package struct Pair: Sendable, Hashable {
        /// What stands on the left.
        package let name: String
        /// The length of the bar behind.
        package let before: Double
        /// The length of the bar in front.
        package let after: Double
        /// What stands on the right.
        package let note: String

        /// Makes a pair.
        package init(_ name: String, before: Double, after: Double, note: String = "") {
            (self.name, self.before, self.after, self.note) = (name, before, after, note)
        }
    }

    private let axisTitle: String
    private let names: (before: String, after: String)
    private let pairs: [Pair]

    private static let rowHeight = 26.0
    private static let barLength = 420.0
    private static let greatestNameWidth = 280.0
    private static let beforeColor = Color(0xC9D3DC)
    private static let afterColor = Color(0x0072B2)

    /// Makes a chart.
    ///
    /// - Parameters:
    ///   - axisTitle: What the bars measure.
    ///   - before: The name of the bars behind.
    ///   - after: The name of the bars in front.
    ///   - pairs: The pairs, from above.
    package init(axisTitle: String, before: String, after: String, pairs: [Pair]) {
        (self.axisTitle, names, self.pairs) = (axisTitle, (before, after), pairs)
    }

    private var nameWidth: Double {
        min(
            pairs.map { TextMetrics.width($0.name, size: ChartStyle.labelSize) }.max() ?? 0,
            Self.greatestNameWidth)
    }

    private var noteWidth: Double {
        pairs.map { TextMetrics.width($0.note, size: ChartStyle.tickSize) }.max() ?? 0
    }

    package var size: ChartSize {
        ChartSize(
            nameWidth + 8 + Self.barLength + 10 + noteWidth,
            24 + Double(pairs.count) * Self.rowHeight + 44)
    }

    /// The scale of the bars.
    func scale(in frame: ChartFrame) -> LinearScale {
        let greatest = pairs.flatMap { [$0.before, $0.after] }.filter(\.isFinite).max() ?? 1
        let left = frame.left + nameWidth + 8
        return LinearScale(0...max(greatest, 1), from: left, to: left + Self.barLength)
    }

    package func draw(on canvas: inout Canvas, in frame: ChartFrame) {
        let scale = scale(in: frame)
        drawLegend(on: &canvas, left: scale.start, top: frame.top)
        let plot = ChartFrame(
            left: scale.start, top: frame.top + 24, width: Self.barLength,
            height: Double(pairs.count) * Self.rowHeight)
        let ticks = Ticks(in: scale.domain, about: 6)
        for (tick, label) in zip(ticks.values, ticks.labels) {
            let x = scale.position(tick)
            canvas.line(
                from: ChartPoint(x, plot.top), to: ChartPoint(x, plot.bottom), Stroke(ChartStyle.grid))
            canvas.text(
                label, at: ChartPoint(x, plot.bottom + ChartStyle.tickSize + 4), anchor: .middle,
                size: ChartStyle.tickSize)
        }
        for (row, pair) in pairs.enumerated() {
            let top = plot.top + Double(row) * Self.rowHeight
            let baseline = top + Self.rowHeight / 2 + ChartStyle.labelSize * 0.36
            canvas.text(
                TextMetrics.shortened(pair.name, to: nameWidth, size: ChartStyle.labelSize),
                at: ChartPoint(plot.left - 8, baseline), anchor: .end)
            for (value, color, inset) in [
                (pair.before, Self.beforeColor, 4.0), (pair.after, Self.afterColor, 7.0),
            ] {
                let length = max(scale.position(value) - plot.left, 0)
                canvas.rectangle(
                    ChartFrame(
                        left: plot.left, top: top + inset, width: length, height: Self.rowHeight - 2 * inset),
                    fill: color)
            }
            canvas.text(
                pair.note, at: ChartPoint(plot.right + 10, baseline), size: ChartStyle.tickSize)
        }
        canvas.line(
            from: ChartPoint(plot.left, plot.top), to: ChartPoint(plot.left, plot.bottom),
            Stroke(ChartStyle.ink))
        canvas.text(axisTitle, at: ChartPoint(plot.left + plot.width / 2, plot.bottom + 38), anchor: .middle)
    }

    private func drawLegend(on canvas: inout Canvas, left: Double, top: Double) {
        var left = left
        for (name, color) in [(names.before, Self.beforeColor), (names.after, Self.afterColor)] {
            canvas.rectangle(ChartFrame(left: left, top: top + 2, width: 16, height: 12), fill: color)
            canvas.text(name, at: ChartPoint(left + 22, top + 13))
            left += 22 + TextMetrics.width(name, size: ChartStyle.labelSize) + 18
        }
    }
}
