/// Names of series beside a piece of their line, in as many rows as a width needs.
package struct Legend: Chart {
    /// A series.
    package struct Entry: Sendable, Hashable {
        /// The name.
        package let name: String
        /// How it is drawn.
        package let style: ChartStyle.Series
        /// Whether its points are marked.
        package let hasMarks: Bool

        /// Describes a series.
        package init(_ name: String, _ style: ChartStyle.Series, hasMarks: Bool = true) {
            (self.name, self.style, self.hasMarks) = (name, style, hasMarks)
        }
    }

    /// The entries.
    package let entries: [Entry]
    /// The greatest width of a row.
    package let width: Double

    private static let sample = 30.0
    private static let rowHeight = 20.0

    /// Makes a legend.
    package init(_ entries: [Entry], width: Double) {
        (self.entries, self.width) = (entries, width)
    }

    package var size: ChartSize {
        let places = places
        let right = zip(places, entries).map { $0.x + Self.width(of: $1) }.max() ?? 0
        return ChartSize(min(right, width), (places.last?.y ?? 0) + Self.rowHeight)
    }

    package func draw(on canvas: inout Canvas, in frame: ChartFrame) {
        for (entry, place) in zip(entries, places) {
            let left = frame.left + place.x
            let middle = frame.top + place.y + Self.rowHeight / 2
            canvas.line(
                from: ChartPoint(left, middle), to: ChartPoint(left + Self.sample, middle),
                Stroke(entry.style.color, width: 2, dashes: entry.style.dashes))
            if entry.hasMarks {
                canvas.circle(ChartPoint(left + Self.sample / 2, middle), radius: 3, fill: entry.style.color)
            }
            let room = width - place.x - Self.sample - 6
            canvas.text(
                TextMetrics.shortened(entry.name, to: room, size: ChartStyle.labelSize),
                at: ChartPoint(left + Self.sample + 6, middle + ChartStyle.labelSize * 0.36))
        }
    }

    /// The upper left corners of the entries.
    private var places: [ChartPoint] {
        var next = ChartPoint(0, 0)
        return entries.map { entry in
            let own = Self.width(of: entry)
            if next.x > 0, next.x + own > width { next = ChartPoint(0, next.y + Self.rowHeight) }
            let place = next
            next.x += own + 18
            return place
        }
    }

    private static func width(of entry: Entry) -> Double {
        sample + 6 + TextMetrics.width(entry.name, size: ChartStyle.labelSize)
    }
}
