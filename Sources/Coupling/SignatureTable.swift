/// Numbers lists that grow element by element; equal lists get equal numbers.
struct SignatureTable<Element: Hashable> {
    private struct Step: Hashable {
        let prefix: Int32
        let element: Element
    }

    private var steps: [Step] = []
    private var numbers: [Step: Int32] = [:]

    /// The number of the empty list.
    static var empty: Int32 { -1 }

    /// Returns the number of a list with one more element.
    mutating func extending(_ list: Int32, by element: Element) -> Int32 {
        let step = Step(prefix: list, element: element)
        if let number = numbers[step] { return number }
        let number = Int32(steps.count)
        steps.append(step)
        numbers[step] = number
        return number
    }

    /// Returns the elements of the list with a number.
    func elements(_ list: Int32) -> [Element] {
        var result: [Element] = []
        var current = list
        while current != Self.empty {
            result.append(steps[Int(current)].element)
            current = steps[Int(current)].prefix
        }
        return result.reversed()
    }
}
