/// Finds where a field is at least a threshold: closed rings by marching squares.
///
/// In each cell the region is a polygon of the corners that reach the threshold and of the places on its sides where linear
/// interpolation does. Where two opposite corners do, the mean of all four says whether they are connected. Sides that two
/// neighbouring cells share run in both directions and cancel out; what is left are the outlines. O(nodes).
package struct ContourTracer: Sendable {
    /// A corner of a polygon: a node, or a place on the side that starts there.
    private struct Corner: Hashable, Comparable {
        enum Kind: Int { case node, onRow, onColumn }
        let column: Int
        let row: Int
        let kind: Kind

        static func < (left: Corner, right: Corner) -> Bool {
            (left.row, left.column, left.kind.rawValue) < (right.row, right.column, right.kind.rawValue)
        }
    }

    /// A side of a polygon in its direction.
    private struct Side: Hashable {
        let from: Corner
        let to: Corner
    }

    private let field: GridField
    private let threshold: Double

    /// Prepares a search.
    package init(_ field: GridField, threshold: Double) {
        (self.field, self.threshold) = (field, threshold)
    }

    /// The outlines: outer ones run counter-clockwise where y grows upwards, those of holes clockwise.
    package var rings: [[ChartPoint]] {
        var sides: Set<Side> = []
        for row in 0..<field.ys.count - 1 {
            for column in 0..<field.xs.count - 1 {
                for polygon in polygons(column, row) {
                    for (from, to) in zip(polygon, polygon.dropFirst() + polygon.prefix(1)) {
                        if sides.remove(Side(from: to, to: from)) == nil {
                            sides.insert(Side(from: from, to: to))
                        }
                    }
                }
            }
        }
        // Outlines meet in no corner: each has one side that leaves it.
        var next = Dictionary(sides.map { ($0.from, $0.to) }, uniquingKeysWith: { first, _ in first })
        var rings: [[ChartPoint]] = []
        for start in next.keys.sorted() {
            var ring: [ChartPoint] = []
            var current = start
            while let following = next.removeValue(forKey: current) {
                ring.append(place(current))
                current = following
            }
            if ring.count > 2 { rings.append(ring) }
        }
        return rings
    }

    /// Returns the area that rings enclose, holes subtracted: half the sum of x_k y_(k+1) - x_(k+1) y_k.
    package static func area(of rings: [[ChartPoint]]) -> Double {
        var sum = 0.0
        for ring in rings {
            for (first, second) in zip(ring, ring.dropFirst() + ring.prefix(1)) {
                sum += first.x * second.y - second.x * first.y
            }
        }
        return sum / 2
    }

    private func isInside(_ column: Int, _ row: Int) -> Bool { field[column, row] >= threshold }

    /// The parts of a cell that reach the threshold, counter-clockwise.
    private func polygons(_ column: Int, _ row: Int) -> [[Corner]] {
        let nodes = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
        let sides = [
            Corner(column: column, row: row, kind: .onRow),
            Corner(column: column + 1, row: row, kind: .onColumn),
            Corner(column: column, row: row + 1, kind: .onRow),
            Corner(column: column, row: row, kind: .onColumn),
        ]
        let inside = nodes.map { isInside($0.0, $0.1) }
        func corner(_ index: Int) -> Corner {
            Corner(column: nodes[index].0, row: nodes[index].1, kind: .node)
        }
        let isSaddle = inside[0] == inside[2] && inside[1] == inside[3] && inside[0] != inside[1]
        if isSaddle {
            let mean = nodes.reduce(0) { $0 + field[$1.0, $1.1] / 4 }
            if mean < threshold {
                return (0..<4).filter { inside[$0] }.map { [corner($0), sides[$0], sides[($0 + 3) % 4]] }
            }
        }
        var polygon: [Corner] = []
        for index in 0..<4 {
            if inside[index] { polygon.append(corner(index)) }
            if inside[index] != inside[(index + 1) % 4] { polygon.append(sides[index]) }
        }
        return polygon.isEmpty ? [] : [polygon]
    }

    private func place(_ corner: Corner) -> ChartPoint {
        let (column, row) = (corner.column, corner.row)
        let start = ChartPoint(field.xs[column], field.ys[row])
        switch corner.kind {
        case .node: return start
        case .onRow:
            let share = share(field[column, row], field[column + 1, row])
            return ChartPoint(start.x + share * (field.xs[column + 1] - start.x), start.y)
        case .onColumn:
            let share = share(field[column, row], field[column, row + 1])
            return ChartPoint(start.x, start.y + share * (field.ys[row + 1] - start.y))
        }
    }

    private func share(_ first: Double, _ second: Double) -> Double {
        (threshold - first) / (second - first)
    }
}
