package import Foundation

/// A report as one HTML file: a verdict, numbers before and after, and sections of charts, tables and pictures.
///
/// Whatever its texts contain is shown as it is. The file needs nothing else: charts and pictures are in it.
package struct ReportPage: Sendable {
    /// How good the news is.
    package enum Level: String, Sendable {
        case good
        case fair
        case poor
        case neutral
    }

    /// What stands first.
    package struct Verdict: Sendable {
        /// How good the news is.
        let level: String
        /// The verdict in a sentence.
        let sentence: String
        /// What it rests on, and what helps where it is poor.
        let details: [String]

        /// Makes a verdict.
        package init(_ sentence: String, level: Level, details: [String] = []) {
            (self.sentence, self.level, self.details) = (sentence, level.rawValue, details)
        }
    }

    /// A quantity before and after.
    package struct Fact: Sendable {
        let name: String
        let before: String
        let after: String
        let share: String
        let hasBefore: Bool
        let hasShare: Bool

        /// Makes a fact.
        ///
        /// - Parameters:
        ///   - name: What it is about.
        ///   - before: What it was; empty where there is nothing to compare with.
        ///   - after: What it is.
        ///   - share: How both compare.
        package init(_ name: String, before: String = "", after: String, share: String = "") {
            (self.name, self.before, self.after, self.share) = (name, before, after, share)
            (hasBefore, hasShare) = (!before.isEmpty, !share.isEmpty)
        }
    }

    /// A part of the report under a heading of its own.
    package struct Section: Sendable {
        let heading: String
        let paragraphs: [String]
        let figure: String?
        let tables: [ReportTable]
        let cards: [Card]
        let hasCards: Bool
        let codes: [Code]

        /// Makes a section.
        ///
        /// - Parameters:
        ///   - heading: The heading.
        ///   - paragraphs: What stands first.
        ///   - figure: A chart of the target Charts, as SVG; it is the only text that is not escaped.
        ///   - tables: The tables.
        ///   - cards: Pictures with what is to be said about each.
        ///   - codes: Texts to copy.
        package init(
            _ heading: String, paragraphs: [String] = [], figure: String? = nil, tables: [ReportTable] = [],
            cards: [Card] = [], codes: [Code] = []
        ) {
            (self.heading, self.paragraphs, self.figure) = (heading, paragraphs, figure)
            (self.tables, self.codes) = (tables.filter { !$0.isEmpty }, codes)
            (self.cards, hasCards) = (cards, !cards.isEmpty)
        }
    }

    /// A picture, if there is one, and what is to be said about it.
    package struct Card: Sendable {
        let name: String
        let lines: [String]
        /// The picture as a data URL.
        let picture: String?
        /// Whether its pixels are few, and shown as squares.
        let isCoarse: Bool

        /// Makes a card.
        ///
        /// - Parameters:
        ///   - name: The heading, which also describes the picture to those who cannot see it.
        ///   - lines: What is to be said.
        ///   - png: A PNG file.
        ///   - isCoarse: Whether its pixels are few.
        package init(_ name: String, lines: [String], png: Data? = nil, isCoarse: Bool = false) {
            (self.name, self.lines, self.isCoarse) = (name, lines, isCoarse)
            picture = png.map { "data:image/png;base64,\($0.base64EncodedString())" }
        }
    }

    /// A text to copy.
    package struct Code: Sendable {
        let name: String
        let text: String
        /// Whether it is shown only when asked for.
        let isFolded: Bool

        /// Makes a text to copy.
        package init(_ name: String, _ text: String, isFolded: Bool = false) {
            (self.name, self.text, self.isFolded) = (name, text, isFolded)
        }
    }

    let title: String
    let subtitle: String
    let verdict: Verdict?
    let facts: [Fact]
    let hasFacts: Bool
    let sections: [Section]
    let footer: String
    let inks = Inks()

    /// Makes a page.
    ///
    /// - Parameters:
    ///   - title: What it is about.
    ///   - subtitle: The files, or what else is to be said in a line.
    ///   - verdict: What stands first.
    ///   - facts: Quantities before and after.
    ///   - sections: The rest, in order.
    ///   - footer: What made the page.
    package init(
        title: String, subtitle: String, verdict: Verdict? = nil, facts: [Fact] = [], sections: [Section],
        footer: String
    ) {
        (self.title, self.subtitle, self.verdict) = (title, subtitle, verdict)
        (self.facts, self.hasFacts) = (facts, !facts.isEmpty)
        (self.sections, self.footer) = (sections, footer)
    }
}
