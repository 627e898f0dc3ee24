/// A bar that tells which colour means which number.
package struct ColorBar: Sendable {
    /// What the colours are.
    enum Kind: Sendable {
        /// They change gradually.
        case continuous(ColorMap, ClosedRange<Double>)
        /// There is one between each two neighbouring thresholds, one below the first, and one above the last.
        case bands([Color], thresholds: [Double], labels: [String])
    }

    private let kind: Kind
    private let title: String

    static let barWidth = 18.0
    private static let pieces = 96

    /// Makes a bar.
    init(_ title: String, _ kind: Kind) {
        (self.title, self.kind) = (title, kind)
    }

    /// The width of the bar with its numbers and its title.
    var width: Double { Self.barWidth + 10 + labelWidth + 24 }

    private var labelWidth: Double {
        marks(height: 300).map { TextMetrics.width($0.label, size: ChartStyle.tickSize) }.max() ?? 0
    }

    /// The numbers beside the bar, and at which share of its height they stand.
    private func marks(height: Double) -> [(share: Double, label: String)] {
        switch kind {
        case .continuous(_, let domain):
            let scale = LinearScale(domain)
            let ticks = Ticks(in: scale.domain, about: max(Int(height / 42), 2))
            return zip(ticks.values, ticks.labels).map { (scale.position($0), $1) }
        case .bands(let colors, _, let labels):
            let gap = height / Double(colors.count)
            let every = max(1, Int((18 / gap).rounded(.up)))
            return labels.enumerated().filter { $0.offset % every == 0 }.map {
                (Double($0.offset + 1) / Double(colors.count), $0.element)
            }
        }
    }

    /// Draws it along the left edge of a rectangle.
    func draw(on canvas: inout Canvas, in frame: ChartFrame) {
        let bar = ChartFrame(left: frame.left, top: frame.top, width: Self.barWidth, height: frame.height)
        let colors: [Color] =
            switch kind {
            case .continuous(let map, _):
                (0..<Self.pieces).map { map.color(at: (Double($0) + 0.5) / Double(Self.pieces)) }
            case .bands(let colors, _, _): colors
            }
        // Each piece goes up to the upper end and is covered by the next ones, so that no seams are seen.
        for (place, color) in colors.enumerated() {
            let height = bar.height * (1 - Double(place) / Double(colors.count))
            canvas.rectangle(
                ChartFrame(left: bar.left, top: bar.top, width: bar.width, height: height), fill: color)
        }
        canvas.rectangle(bar, fill: nil, stroke: Stroke(ChartStyle.ink))
        for (share, label) in marks(height: bar.height) {
            let y = bar.bottom - share * bar.height
            canvas.line(
                from: ChartPoint(bar.right, y), to: ChartPoint(bar.right + 4, y), Stroke(ChartStyle.ink))
            canvas.text(
                label, at: ChartPoint(bar.right + 7, y + ChartStyle.tickSize * 0.36),
                size: ChartStyle.tickSize)
        }
        canvas.text(
            title, at: ChartPoint(bar.right + 10 + labelWidth + 14, bar.top + bar.height / 2),
            anchor: .middle, angle: -90)
    }
}
