internal import Graph

/// The plane through a network and two others, or the line through one other, with axes in weight distance.
///
/// With the vectors u and v to the others, the first axis is e1 = u / |u|, the second e2 the normalised part
/// of v orthogonal to it (Gram-Schmidt). The other networks are at (|u|, 0) and (v e1, v e2).
struct WeightPlane: Sendable {
    private let span: WeightSpan
    /// The positions of the other networks.
    let places: [(x: Double, y: Double)]

    /// The part of v orthogonal to u must be at least this share of v.
    private static let leastAngle = 1e-4

    /// Spans a plane, or a line.
    ///
    /// - Throws: `LandscapeError` if networks are equal, or all on one line.
    init(_ span: WeightSpan, names: [String]) throws {
        self.span = span
        let lengths = try names.indices.map { try span.product($0, $0).squareRoot() }
        for (name, length) in zip(names, lengths) where !(length > 0 && length.isFinite) {
            throw LandscapeError(
                "the weights of \(name) are \(length == 0 ? "those of the original" : "not finite"): there is no direction from one to the other"
            )
        }
        guard names.count > 1 else {
            places = lengths.map { ($0, 0) }
            return
        }
        let along = try span.product(0, 1) / lengths[0]
        let across = max(lengths[1] * lengths[1] - along * along, 0).squareRoot()
        guard across > Self.leastAngle * lengths[1] else {
            throw LandscapeError(
                "the original, \(names[0]) and \(names[1]) lie on one line: they span no plane")
        }
        places = [(lengths[0], 0), (along, across)]
    }

    /// Returns the network at a place: x e1 + y e2 from the origin.
    func graph(x: Double, y: Double) throws -> Graph {
        guard places.count > 1 else { return try span.graph(at: [x / places[0].x]) }
        let second = y / places[1].y
        return try span.graph(at: [(x - second * places[1].x) / places[0].x, second])
    }

    /// Returns the places of a square grid around all networks, the same number along each axis; one row for
    /// a line.
    ///
    /// - Parameters:
    ///   - count: The number of columns and rows.
    ///   - margin: How far it extends beyond the networks, as a share of their largest distance along an
    ///     axis.
    func grid(_ count: Int, margin: Double) -> (xs: [Double], ys: [Double]) {
        func steps(_ low: Double, _ high: Double) -> [Double] {
            (0..<count).map { low + (high - low) * Double($0) / Double(count - 1) }
        }
        let all = [(x: 0.0, y: 0.0)] + places
        let (xs, ys) = (all.map(\.x), all.map(\.y))
        let (left, right) = (xs.min() ?? 0, xs.max() ?? 0)
        guard places.count > 1 else { return (steps(left, right), [0]) }
        let (low, high) = (ys.min() ?? 0, ys.max() ?? 0)
        let half = max(right - left, high - low) * (0.5 + margin)
        let (x, y) = ((left + right) / 2, (low + high) / 2)
        return (steps(x - half, x + half), steps(y - half, y + half))
    }
}
