internal import Foundation

/// Collects the elements of an SVG picture.
package struct Canvas: Sendable {
    /// Where text lies beside its place.
    package enum Anchor: String, Sendable {
        /// To the right of it.
        case start
        /// Around it.
        case middle
        /// To the left of it.
        case end
    }

    private var elements: [String] = []

    /// Makes an empty canvas.
    package init() {}

    /// Draws a rectangle.
    package mutating func rectangle(_ frame: ChartFrame, fill: Color?, stroke: Stroke? = nil) {
        elements.append(
            "<rect x=\"\(Self.number(frame.left))\" y=\"\(Self.number(frame.top))\" "
                + "width=\"\(Self.number(frame.width))\" height=\"\(Self.number(frame.height))\""
                + "\(Self.paint(fill, stroke))/>")
    }

    /// Draws a straight line.
    package mutating func line(from first: ChartPoint, to second: ChartPoint, _ stroke: Stroke) {
        elements.append(
            "<line x1=\"\(Self.number(first.x))\" y1=\"\(Self.number(first.y))\" "
                + "x2=\"\(Self.number(second.x))\" y2=\"\(Self.number(second.y))\"\(Self.paint(nil, stroke))/>"
        )
    }

    /// Draws a line through points.
    package mutating func polyline(_ points: [ChartPoint], _ stroke: Stroke) {
        guard points.count > 1 else { return }
        elements.append(
            "<path d=\"\(Self.steps(points))\"\(Self.paint(nil, stroke)) stroke-linejoin=\"round\"/>")
    }

    /// Fills what rings enclose; a ring within another one is a hole.
    package mutating func area(_ rings: [[ChartPoint]], fill: Color, opacity: Double = 1) {
        let rings = rings.filter { $0.count > 2 }
        guard !rings.isEmpty else { return }
        let steps = rings.map { Self.steps($0) + "Z" }.joined()
        let opacity = opacity < 1 ? " fill-opacity=\"\(Self.number(opacity))\"" : ""
        elements.append("<path d=\"\(steps)\" fill=\"\(fill.code)\"\(opacity) fill-rule=\"evenodd\"/>")
    }

    /// Draws a disc.
    package mutating func circle(_ centre: ChartPoint, radius: Double, fill: Color?, stroke: Stroke? = nil) {
        elements.append(
            "<circle cx=\"\(Self.number(centre.x))\" cy=\"\(Self.number(centre.y))\" "
                + "r=\"\(Self.number(radius))\"\(Self.paint(fill, stroke))/>")
    }

    /// Writes a line of text.
    ///
    /// - Parameters:
    ///   - text: The text; whatever it contains is shown as it is.
    ///   - point: Where its baseline is.
    ///   - anchor: Which part of it lies there.
    ///   - halo: A light line around the letters, for text on a coloured ground.
    ///   - angle: By how many degrees it is turned clockwise.
    package mutating func text(
        _ text: String, at point: ChartPoint, anchor: Anchor = .start, size: Double = ChartStyle.labelSize,
        color: Color = ChartStyle.ink, isBold: Bool = false, halo: Color? = nil, angle: Double = 0
    ) {
        var attributes =
            "x=\"\(Self.number(point.x))\" y=\"\(Self.number(point.y))\" font-size=\"\(Self.number(size))\" fill=\"\(color.code)\""
        if anchor != .start { attributes += " text-anchor=\"\(anchor.rawValue)\"" }
        if isBold { attributes += " font-weight=\"bold\"" }
        if let halo {
            attributes +=
                " stroke=\"\(halo.code)\" stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\""
        }
        if angle != 0 {
            attributes +=
                " transform=\"rotate(\(Self.number(angle)) \(Self.number(point.x)) \(Self.number(point.y)))\""
        }
        elements.append("<text \(attributes)>\(Self.escaped(text))</text>")
    }

    /// Returns the picture as a file of its own, on a light ground whatever the viewer's is.
    ///
    /// - Parameters:
    ///   - size: Its size in pixels.
    ///   - title: What it is, for those who cannot see it.
    package func document(_ size: ChartSize, title: String) -> String {
        let (width, height) = (Self.number(size.width), Self.number(size.height))
        let head = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" role="img" \
            font-family="DejaVu Sans, Verdana, Helvetica, Arial, sans-serif">
            <title>\(Self.escaped(title))</title>
            <rect width="\(width)" height="\(height)" fill="\(ChartStyle.background.code)"/>
            """
        return ([head] + elements + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    /// Returns text as XML holds it; characters that XML does not know are replaced.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\u{9}", "\u{A}", "\u{D}": result += " "
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Returns a number with at most two places; one that is not finite is 0.
    package static func number(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        var text = String(format: "%.2f", value)
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text == "-0" ? "0" : text
    }

    private static func steps(_ points: [ChartPoint]) -> String {
        points.enumerated().map { place, point in
            "\(place == 0 ? "M" : "L")\(number(point.x)) \(number(point.y))"
        }.joined()
    }

    private static func paint(_ fill: Color?, _ stroke: Stroke?) -> String {
        var text = " fill=\"\(fill?.code ?? "none")\""
        if let stroke {
            text += " stroke=\"\(stroke.color.code)\" stroke-width=\"\(number(stroke.width))\""
            if !stroke.dashes.isEmpty {
                text += " stroke-dasharray=\"\(stroke.dashes.map(number).joined(separator: " "))\""
            }
        }
        return text
    }
}
