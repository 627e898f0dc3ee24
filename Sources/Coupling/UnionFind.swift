/// Disjoint sets of the integers 0 ..< count, with path halving and union by the smaller root.
///
/// The root of a set is its smallest element, so results do not depend on the order of unions.
struct UnionFind {
    private var parents: [Int32]

    init(count: Int) {
        parents = (0..<Int32(count)).map { $0 }
    }

    mutating func root(_ element: Int) -> Int {
        var current = element
        while Int(parents[current]) != current {
            parents[current] = parents[Int(parents[current])]
            current = Int(parents[current])
        }
        return current
    }

    mutating func unite(_ first: Int, _ second: Int) {
        let (left, right) = (root(first), root(second))
        guard left != right else { return }
        parents[max(left, right)] = Int32(min(left, right))
    }
}
