/// How a line is drawn.
package struct Stroke: Sendable, Hashable {
    /// The colour.
    package var color: Color
    /// The width in pixels.
    package var width: Double
    /// The lengths of dashes and gaps; empty for a whole line.
    package var dashes: [Double]

    /// Makes a stroke.
    package init(_ color: Color, width: Double = 1, dashes: [Double] = []) {
        (self.color, self.width, self.dashes) = (color, width, dashes)
    }
}
