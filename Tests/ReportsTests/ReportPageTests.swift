import Foundation
import Reports
import Testing

@Suite("Reports as HTML")
struct ReportPageTests {
    /// Text that closes whatever it stands in, also where its marks carry accents, which belong to them for Swift.
    private static let hostile =
        "</td><script>alert(1)</script> \" onerror=\"x ' \"\u{301} onload=\u{0} &amp; {{title}}"

    private static func page(_ text: String) -> ReportPage {
        ReportPage(
            title: text, subtitle: text, verdict: ReportPage.Verdict(text, level: .poor, details: [text]),
            facts: [ReportPage.Fact(text, before: text, after: text, share: text)],
            sections: [
                ReportPage.Section(
                    text, paragraphs: [text], figure: "<svg id=\"chart\"></svg>",
                    tables: [
                        ReportTable(
                            text, header: [text, "number"],
                            rows: [[.text(text), .number(0.25, text)], [.text(text), .number(.nan)]])
                    ],
                    cards: [ReportPage.Card(text, lines: [text], png: Data([1, 2, 3]), isCoarse: true)],
                    codes: [ReportPage.Code(text, text), ReportPage.Code(text, text, isFolded: true)])
            ], footer: text)
    }

    @Test("whatever texts contain, the elements of the page are the same")
    func escaping() throws {
        /// Names of elements, and of their attributes, in order.
        func structure(_ html: String) throws -> [String] {
            let end = try #require(html.range(of: "<script>\n", options: .backwards)).lowerBound
            let body = html[try #require(html.range(of: "<body>")).lowerBound..<end]
            return body.split(separator: "<").dropFirst(0).map { piece in
                let tag = piece.prefix { $0 != ">" }
                let outside = tag.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                    .filter { $0.offset.isMultiple(of: 2) }.map { String($0.element) }
                return outside.joined(separator: "\"\"")
            }
        }
        let harmless = try structure(Self.page("word").html())
        #expect(harmless.count > 40)
        #expect(try structure(Self.page(Self.hostile).html()) == harmless)
        let html = try Self.page(Self.hostile).html()
        #expect(!html.contains("<script>alert") && !html.unicodeScalars.contains("\u{0}"))
        // Templates in texts stay texts.
        #expect(html.contains("{{title}}"))
    }

    @Test("a page needs nothing else, and says so to the browser")
    func selfContained() throws {
        let html = try Self.page("word").html()
        #expect(
            html.contains("default-src 'none'") && !html.contains("http://") && !html.contains("https://"))
        #expect(html.contains("<svg id=\"chart\"></svg>") && html.contains("data:image/png;base64,AQID"))
        #expect(html.contains("prefers-color-scheme: dark") && html.contains("width=device-width"))
        #expect(!html.contains("{{"))
    }

    @Test("numbers are sorted by their value, and what is not finite comes last")
    func cells() throws {
        let html = try Self.page("word").html()
        #expect(html.contains("class=\"number\" data-key=\"0.25\">word</td>"))
        #expect(html.contains("class=\"number\" data-key=\"\"></td>"))
    }

    @Test("lines of texts to copy stay lines; tables without rows are left out")
    func parts() throws {
        let page = ReportPage(
            title: "title", subtitle: "",
            sections: [
                ReportPage.Section(
                    "section", tables: [ReportTable("nothing here", header: ["a"], rows: [])],
                    codes: [ReportPage.Code("code", "one\ntwo")])
            ], footer: "")
        let html = try page.html()
        #expect(html.contains("one\ntwo") && !html.contains("nothing here") && !html.contains("verdict \""))
    }
}
