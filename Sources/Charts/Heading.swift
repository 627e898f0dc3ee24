/// A line of text above charts, with a paler one below it.
package struct Heading: Chart {
    private let text: String
    private let note: String

    /// Makes a heading.
    package init(_ text: String, note: String = "") {
        (self.text, self.note) = (text, note)
    }

    package var size: ChartSize {
        ChartSize(
            max(
                TextMetrics.width(text, size: ChartStyle.headingSize + 1, isBold: true),
                TextMetrics.width(note, size: ChartStyle.labelSize)), note.isEmpty ? 22 : 38)
    }

    package func draw(on canvas: inout Canvas, in frame: ChartFrame) {
        canvas.text(
            text, at: ChartPoint(frame.left, frame.top + 18), size: ChartStyle.headingSize + 1, isBold: true)
        if !note.isEmpty {
            canvas.text(note, at: ChartPoint(frame.left, frame.top + 36), color: ChartStyle.paleInk)
        }
    }
}
