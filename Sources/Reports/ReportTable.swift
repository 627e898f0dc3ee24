/// A table of a report, which readers can sort by each column.
package struct ReportTable: Sendable {
    /// What stands in a place of the table.
    package struct Cell: Sendable {
        let text: String
        /// What the rows are sorted by: a number in numeric columns, nothing where there is none.
        let key: String
        let isNumeric: Bool

        /// Words.
        package static func text(_ text: String) -> Cell { Cell(text: text, key: text, isNumeric: false) }

        /// A number as it is to be read; where it is missing or not finite it is sorted last.
        ///
        /// - Parameters:
        ///   - value: The number.
        ///   - text: How it is written; nil for its digits.
        package static func number(_ value: Double?, _ text: String? = nil) -> Cell {
            let finite = value.flatMap { $0.isFinite ? $0 : nil }
            return Cell(
                text: text ?? finite.map { "\($0)" } ?? "", key: finite.map { "\($0)" } ?? "", isNumeric: true
            )
        }

        /// A whole number.
        package static func number(_ value: Int) -> Cell {
            Cell(text: "\(value)", key: "\(value)", isNumeric: true)
        }
    }

    struct Column: Sendable {
        let label: String
        let isNumeric: Bool
    }

    struct Row: Sendable {
        let cells: [Cell]
    }

    let caption: String
    let columns: [Column]
    let rows: [Row]

    /// Whether it has no rows, and is left out.
    package var isEmpty: Bool { rows.isEmpty }

    /// Makes a table.
    ///
    /// - Parameters:
    ///   - caption: What it shows.
    ///   - header: The columns' headings.
    ///   - rows: The rows; a column is numeric where the first row's cell is, and left out where no row says anything.
    package init(_ caption: String, header: [String], rows: [[Cell]]) {
        self.caption = caption
        let shown = header.indices.filter { place in
            rows.contains { $0.indices.contains(place) && !$0[place].text.isEmpty }
        }
        columns = shown.map { place in
            Column(
                label: header[place],
                isNumeric: rows.first { $0.indices.contains(place) }?[place].isNumeric ?? false)
        }
        self.rows = rows.map { row in Row(cells: shown.map { row.indices.contains($0) ? row[$0] : .text("") })
        }
    }
}
