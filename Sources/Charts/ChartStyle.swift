/// What all charts have in common.
package enum ChartStyle {
    /// What everything stands on, whatever the viewer's own background is.
    package static let background = Color(0xFFFFFF)
    /// Text and axes.
    package static let ink = Color(0x222222)
    /// Text of less weight.
    package static let paleInk = Color(0x5A5A5A)
    /// Lines of the grid.
    package static let grid = Color(0xE4E4E4)
    /// Where there is no value.
    package static let missing = Color(0xEEEEEE)

    /// The size of a figure's title.
    package static let titleSize = 18.0
    /// The size of a chart's title.
    package static let headingSize = 14.0
    /// The size of axis titles, legends and labels.
    package static let labelSize = 13.0
    /// The size of the numbers at ticks; nothing is smaller.
    package static let tickSize = 12.0

    /// How one of several series is drawn, so that it can be told from others without its colour too.
    package struct Series: Sendable, Hashable {
        /// The colour.
        package let color: Color
        /// The lengths of dashes and gaps; empty for a whole line.
        package let dashes: [Double]
    }

    /// Okabe and Ito's colours that are strong enough on white.
    private static let colors: [UInt32] = [
        0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00, 0x56B4E9, 0x000000,
    ]
    private static let dashes: [[Double]] = [[], [7, 4], [2, 3], [9, 3, 2, 3]]

    /// Returns how the series at an index is drawn: 28 differ.
    package static func series(_ index: Int) -> Series {
        let place = max(index, 0)
        return Series(
            color: Color(colors[place % colors.count]),
            dashes: dashes[(place + place / (colors.count * dashes.count)) % dashes.count])
    }
}
