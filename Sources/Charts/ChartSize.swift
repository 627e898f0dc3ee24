/// How much room something takes, in pixels.
package struct ChartSize: Sendable, Hashable {
    /// The width.
    package var width: Double
    /// The height.
    package var height: Double

    /// Makes a size.
    package init(_ width: Double, _ height: Double) {
        (self.width, self.height) = (width, height)
    }
}
