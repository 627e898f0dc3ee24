internal import Charts
internal import Mustache

/// Text within HTML, scalar by scalar: a quotation mark that carries an accent is still one.
private struct HTMLText: MustacheContentType {
    func escapeText(_ text: String) -> String {
        // `Canvas` would join the lines.
        text.split(separator: "\n", omittingEmptySubsequences: false).map { Canvas.escaped(String($0)) }
            .joined(separator: "\n")
    }
}

extension ReportPage {
    /// The name by which the template asks for `HTMLText`.
    private static let contentType = "INTRAFUSION"

    private static let template = Result {
        MustacheContentTypes.register(HTMLText(), named: contentType)
        return try MustacheTemplate(string: String(decoding: PackageResources.report_mustache, as: UTF8.self))
    }

    /// Returns the page as an HTML file.
    package func html() throws -> String { try Self.template.get().render(self) }

    /// The colours of charts that follow the reader's colour scheme.
    struct Inks: Sendable {
        let background = ChartStyle.background.code
        let ink = ChartStyle.ink.code
        let paleInk = ChartStyle.paleInk.code
        let grid = ChartStyle.grid.code
        let black = ChartStyle.series(6).color.code
    }
}
