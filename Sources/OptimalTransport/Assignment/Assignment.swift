/// An assignment of rows to columns under construction, with column prices v.
///
/// Invariant between steps: every assigned row is in a column with its smallest `cost - v`.
struct Assignment {
    /// The column of each row; -1 for a free one.
    private(set) var columnOfRow: [Int]
    /// The price v of each column.
    private(set) var columnPrices: [Double]
    /// The price of each row, its smallest `cost - v`; filled by `solve`.
    private(set) var rowPrices: [Double] = []
    private let costs: AssignmentCosts
    private let capacity: Int
    /// The rows of each column, `capacity` places each, the first `filled` of them used.
    private var members: [Int]
    private var filled: [Int]
    /// The price of its column below which a row prefers another column; infinite if unknown.
    private var limits: [Double]

    /// Starts with all rows free.
    init(_ costs: AssignmentCosts, capacity: Int) {
        self.costs = costs
        self.capacity = capacity
        columnOfRow = [Int](repeating: -1, count: costs.rows)
        columnPrices = [Double](repeating: 0, count: costs.columns)
        members = [Int](repeating: -1, count: costs.columns * capacity)
        filled = [Int](repeating: 0, count: costs.columns)
        limits = [Double](repeating: .infinity, count: costs.rows)
    }

    /// Assigns every row.
    mutating func solve() {
        costs.withRows { costs in
            reduceColumns(costs)
            var free = columnOfRow.indices.filter { columnOfRow[$0] < 0 }
            for _ in 0..<2 where !free.isEmpty {
                free = reduceRows(free, costs)
            }
            augment(free, costs)
            rowPrices = columnOfRow.indices.map { row in
                costs[row][columnOfRow[row]] - columnPrices[columnOfRow[row]]
            }
        }
    }

    private mutating func place(_ row: Int, in column: Int) {
        members[column * capacity + filled[column]] = row
        filled[column] += 1
        columnOfRow[row] = column
    }

    // MARK: Columns

    /// Prices every column at its cheapest row's cost, and gives it that row if the row is free.
    private mutating func reduceColumns(_ costs: AssignmentCosts.Rows) {
        var cheapest = [Int](repeating: 0, count: filled.count)
        columnPrices = Array(costs[0])
        for row in columnOfRow.indices.dropFirst() {
            let values = costs[row]
            for column in filled.indices where values[column] < columnPrices[column] {
                columnPrices[column] = values[column]
                cheapest[column] = row
            }
        }
        for column in filled.indices where columnOfRow[cheapest[column]] < 0 {
            place(cheapest[column], in: column)
        }
    }

    // MARK: Rows

    /// Gives each free row its best column, at the highest price at which all rows that stay there still
    /// prefer it.
    ///
    /// When a column is too full, the row with the highest limit leaves, and the price falls to the next
    /// limit. Limits are upper bounds: other prices only fall, so a row may prefer its column longer than its
    /// limit says.
    /// - Returns: The rows that remain free.
    private mutating func reduceRows(_ rows: [Int], _ costs: AssignmentCosts.Rows) -> [Int] {
        var left: [Int] = []
        // Prices that fall by ever smaller steps would not terminate.
        var moves = 8 * rows.count
        for start in rows {
            var row = start
            while true {
                let least = RowScan.leastTwo(costs[row], columnPrices)
                let column = least.column
                limits[row] = costs[row][column] - least.second
                if filled[column] < capacity {
                    place(row, in: column)
                    break
                }
                let leaver = leaver(of: column, costs)
                var limit = limits[row]
                if let leaver, limits[members[leaver.place]] > limit {
                    // The member leaves, and the row takes its place.
                    limit = max(limit, leaver.nextLimit)
                    let member = members[leaver.place]
                    members[leaver.place] = row
                    columnOfRow[row] = column
                    columnOfRow[member] = -1
                    row = member
                } else {
                    limit = leaver.map { limits[members[$0.place]] } ?? limit
                }
                let falls = limit < columnPrices[column]
                if falls { columnPrices[column] = limit }
                moves -= 1
                guard falls, moves > 0 else {
                    left.append(row)
                    break
                }
            }
        }
        return left
    }

    /// Returns the place of the row with the highest limit in a column, and the highest limit of the others.
    private mutating func leaver(
        of column: Int, _ costs: AssignmentCosts.Rows
    ) -> (place: Int, nextLimit: Double)? {
        var (best, highest, next) = (-1, -Double.infinity, -Double.infinity)
        for place in column * capacity..<(column + 1) * capacity {
            let row = members[place]
            if limits[row] == .infinity {
                let least = RowScan.leastTwo(costs[row], columnPrices)
                limits[row] = costs[row][column] - (least.column == column ? least.second : least.first)
            }
            if best < 0 || limits[row] > highest {
                (best, highest, next) = (place, limits[row], highest)
            } else {
                next = max(next, limits[row])
            }
        }
        return best < 0 ? nil : (best, next)
    }

    // MARK: Paths

    /// Finds a shortest path from every free row to a column with room, and moves the rows on it.
    private mutating func augment(_ rows: [Int], _ costs: AssignmentCosts.Rows) {
        var search = PathSearch(columns: filled.count)
        for start in rows {
            search.begin(at: start, costs[start], columnPrices)
            var end = search.nearest()
            while filled[end.column] == capacity {
                search.settle(end)
                for place in end.column * capacity..<(end.column + 1) * capacity {
                    let values = costs[members[place]]
                    search.relax(
                        members[place], values,
                        by: values[end.column] - columnPrices[end.column] - end.distance)
                }
                end = search.nearest()
            }
            for passed in search.settled { columnPrices[passed.column] += passed.distance - end.distance }
            moveRows(to: end.column, search)
        }
    }

    /// Moves every row on a path to the column that was reached through it.
    private mutating func moveRows(to end: Int, _ search: PathSearch) {
        var column = end
        var vacated: Int?
        while true {
            let row = search.predecessor(of: column)
            let before = columnOfRow[row]
            let place =
                before < 0 ? nil : (before * capacity..<(before + 1) * capacity).first { members[$0] == row }
            if let vacated {
                members[vacated] = row
                columnOfRow[row] = column
            } else {
                self.place(row, in: column)
            }
            guard before >= 0 else { return }
            (column, vacated) = (before, place)
        }
    }
}
