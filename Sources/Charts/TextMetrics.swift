/// Estimates how wide text is, as SVG is laid out without the viewer's fonts.
///
/// The widths are those of DejaVu Sans, one of the widest fonts in use: others take less room.
package enum TextMetrics {
    /// Returns the width of a line of text in pixels.
    package static func width(_ text: String, size: Double, isBold: Bool = false) -> Double {
        text.reduce(0) { $0 + share(of: $1) } * size * (isBold ? 1.1 : 1)
    }

    /// Returns text that is no wider than a width, with an ellipsis where its end is cut off.
    package static func shortened(_ text: String, to width: Double, size: Double) -> String {
        guard self.width(text, size: size) > width else { return text }
        var cut = text
        while !cut.isEmpty, self.width(cut + "…", size: size) > width { cut.removeLast() }
        return cut + "…"
    }

    private static func share(of character: Character) -> Double {
        switch character {
        case "i", "j", "l", "I", "|", "'", ".", ",", ":", ";", "!", " ": 0.33
        case "f", "t", "r", "(", ")", "[", "]", "/", "\\", "-": 0.4
        case "m", "w", "M", "W", "%", "@", "…", "—": 0.98
        case "A"..."Z": 0.72
        default: character.isASCII ? 0.62 : 0.84
        }
    }
}
