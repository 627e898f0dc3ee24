/// Something that can be drawn by itself or among others in a `Figure`.
package protocol Chart: Sendable {
    /// The room that it takes.
    var size: ChartSize { get }

    /// Draws it into a rectangle of that size.
    func draw(on canvas: inout Canvas, in frame: ChartFrame)
}

extension Chart {
    /// Returns the chart alone as an SVG file.
    package func svg(title: String) -> String {
        Figure(title: title, rows: [[self]]).svg
    }
}
