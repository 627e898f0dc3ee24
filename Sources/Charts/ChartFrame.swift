/// A rectangle in a picture, in pixels; y grows downwards.
package struct ChartFrame: Sendable, Hashable {
    /// The left edge.
    package var left: Double
    /// The upper edge.
    package var top: Double
    /// The width.
    package var width: Double
    /// The height.
    package var height: Double

    /// Makes a rectangle.
    package init(left: Double, top: Double, width: Double, height: Double) {
        (self.left, self.top, self.width, self.height) = (left, top, width, height)
    }

    /// The right edge.
    package var right: Double { left + width }

    /// The lower edge.
    package var bottom: Double { top + height }

    /// Returns what is left after margins are cut off.
    package func inset(
        left: Double = 0, top: Double = 0, right: Double = 0, bottom: Double = 0
    ) -> ChartFrame {
        ChartFrame(
            left: self.left + left, top: self.top + top, width: max(width - left - right, 1),
            height: max(height - top - bottom, 1))
    }

    /// Returns whether two rectangles share an area.
    package func overlaps(_ other: ChartFrame) -> Bool {
        left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }

    /// Returns whether another rectangle lies inside this one.
    package func contains(_ other: ChartFrame) -> Bool {
        left <= other.left && other.right <= right && top <= other.top && other.bottom <= bottom
    }
}
