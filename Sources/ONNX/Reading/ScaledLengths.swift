/// Lengths that make something a given factor larger or smaller.
enum ScaledLengths {
    /// Windows round lengths down, so lengths near the exact one will do as well: multiples of these first.
    private static let strides = [32, 16, 8, 4, 2, 1]
    private static let greatestLength = 1 << 14

    /// Returns lengths whose product is about that of the given ones times a fraction, the likeliest first.
    ///
    /// - Parameters:
    ///   - lengths: One length, or the height and the width of an image.
    ///   - numerator: The size that is needed.
    ///   - denominator: The size at the given lengths.
    static func all(_ lengths: [Int], by numerator: Int, over denominator: Int) -> [[Int]] {
        let product = lengths.reduce(1.0) { $0 * Double($1) }
        let wanted = product * Double(numerator) / Double(denominator)
        guard wanted.isFinite, wanted >= 1, wanted <= Double(greatestLength) * Double(greatestLength) else {
            return []
        }
        var result: [[Int]] = []
        switch lengths.count {
        case 1:
            result = near(wanted).map { [$0] }
        case 2:
            let side = wanted.squareRoot()
            result = near(side).map { [$0, $0] }
            let area = wanted.rounded()
            if area == wanted { result += pairs(Int(area)) }
        default: return []
        }
        var seen: Set<[Int]> = []
        return result.filter { pair in
            pair.allSatisfy { (1...greatestLength).contains($0) } && seen.insert(pair).inserted
        }
    }

    private static func near(_ length: Double) -> [Int] {
        [Int(length.rounded())]
            + strides.flatMap { stride in
                let steps = (length / Double(stride)).rounded(.down)
                return [Int(steps) * stride, (Int(steps) + 1) * stride]
            }
    }

    /// Returns sides of rectangles with an area, the most square ones first.
    private static func pairs(_ area: Int) -> [[Int]] {
        var result: [[Int]] = []
        var side = Int(Double(area).squareRoot())
        while side >= 1, result.count < 4 {
            if area.isMultiple(of: side) { result += [[side, area / side], [area / side, side]] }
            side -= 1
        }
        return result
    }
}
