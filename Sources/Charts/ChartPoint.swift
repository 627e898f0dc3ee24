/// A place: in the data, or in a picture, where y grows downwards.
package struct ChartPoint: Sendable, Hashable {
    /// The horizontal coordinate.
    package var x: Double
    /// The vertical coordinate.
    package var y: Double

    /// Makes a place.
    package init(_ x: Double, _ y: Double) {
        (self.x, self.y) = (x, y)
    }
}
