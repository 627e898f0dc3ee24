/// The order in which CPython iterates `set(range(count)) - set(removed)`.
///
/// The published code numbers the survivors in this order. It is ascending unless the hash table of the result is
/// smaller than the largest element, as for 76 survivors of 256: the table then has 128 places, and larger elements wrap
/// around. Small integers are their own hashes; see `set_add_entry` in CPython's Objects/setobject.c for the probing.
public enum PythonSetOrder {
    /// Returns the survivors in iteration order.
    public static func survivors(_ kept: [Int], of count: Int) -> [Int] {
        // With few removals CPython copies the large set and removes from it, which keeps its order.
        if count >> 2 > count - kept.count { return kept }
        var table = [Int?](repeating: nil, count: 8)
        var used = 0
        for element in kept {
            insert(element, &table)
            used += 1
            if used * 5 >= (table.count - 1) * 3 {
                var size = 8
                while size <= used * 4 { size *= 2 }
                var larger = [Int?](repeating: nil, count: size)
                for case let element? in table { insert(element, &larger) }
                table = larger
            }
        }
        return table.compactMap { $0 }
    }

    private static func insert(_ element: Int, _ table: inout [Int?]) {
        let mask = table.count - 1
        var perturbation = element
        var start = element & mask
        while true {
            for place in start...(start + 9 <= mask ? start + 9 : start) where table[place] == nil {
                table[place] = element
                return
            }
            perturbation >>= 5
            start = (start * 5 + 1 + perturbation) & mask
        }
    }
}
