import Testing

/// What stands in an SVG picture: tags that are balanced, their attributes, and texts.
struct Picture {
    private(set) var elements: [(name: String, attributes: [String: String])] = []
    private(set) var texts: [String] = []

    init(_ svg: String) throws {
        var open: [String] = []
        for piece in svg.split(separator: "<", omittingEmptySubsequences: true) {
            let end = try #require(piece.firstIndex(of: ">"), "a tag without an end: \(piece)")
            let tag = piece[..<end]
            let text = piece[piece.index(after: end)...]
            if tag.hasPrefix("/") {
                #expect(open.popLast() == String(tag.dropFirst()))
                continue
            }
            let name = String(tag.prefix { !$0.isWhitespace && $0 != "/" })
            var attributes: [String: String] = [:]
            for match in tag.matches(of: /([a-zA-Z-]+)="([^"]*)"/) {
                #expect(attributes.updateValue(Self.plain(match.2), forKey: String(match.1)) == nil)
            }
            elements.append((name, attributes))
            if !tag.hasSuffix("/") { open.append(name) }
            if name == "text" { texts.append(Self.plain(text)) }
        }
        #expect(open.isEmpty)
    }

    /// The attributes of all elements of a name.
    func all(_ name: String) -> [[String: String]] {
        elements.filter { $0.name == name }.map(\.attributes)
    }

    private static func plain(_ text: Substring) -> String {
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")].reduce(String(text))
        {
            $0.replacing($1.0, with: $1.1)
        }
    }
}
