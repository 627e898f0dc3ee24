import Graph

/// The connected sets of lanes of one node, as its axis links have them.
struct LaneClasses {
    /// The lanes of each free class, by axis.
    let free: [[AxisReference: Set<Int>]]

    /// Connects lanes; classes that reach an axis that no link mentions are left out.
    init(
        _ links: [AxisLink], inputs: OperatorInputs, outputs: [TensorType], freezesInputs: Bool = true
    ) throws {
        var starts: [AxisReference: Int] = [:]
        var lengths: [AxisReference: Int] = [:]
        var count = 0
        func add(_ type: TensorType, _ reference: (Int) -> AxisReference) {
            for (axis, length) in type.shape.enumerated() {
                starts[reference(axis)] = count
                lengths[reference(axis)] = length
                count += length
            }
        }
        for (index, type) in inputs.types.enumerated() {
            if let type { add(type) { .input(index, $0) } }
        }
        for (index, type) in outputs.enumerated() { add(type) { .output(index, $0) } }
        var parents = Array(0..<count)
        func root(_ lane: Int) -> Int {
            var lane = lane
            while parents[lane] != lane { lane = parents[lane] }
            return lane
        }
        var covered: Set<AxisReference> = []
        for link in links {
            guard let first = starts[link.first], let second = starts[link.second],
                let firstLength = lengths[link.first], let secondLength = lengths[link.second]
            else { throw GraphError("links \(link.first) and \(link.second), one of which is not there") }
            covered.formUnion([link.first, link.second])
            guard link.lanes != nil || firstLength == secondLength else {
                throw GraphError("links \(firstLength) with \(secondLength) lanes")
            }
            for pair in link.lanes ?? (0..<firstLength).map({ ($0, $0) }) {
                guard (0..<firstLength).contains(pair.first), (0..<secondLength).contains(pair.second) else {
                    throw GraphError("links lanes \(pair) of \(link.first) and \(link.second)")
                }
                parents[root(first + pair.first)] = root(second + pair.second)
            }
        }
        var classes: [Int: [AxisReference: Set<Int>]] = [:]
        var frozen: Set<Int> = []
        for (reference, start) in starts {
            for lane in 0..<(lengths[reference] ?? 0) {
                let root = root(start + lane)
                classes[root, default: [:]][reference, default: []].insert(lane)
                if !covered.contains(reference), freezesInputs || reference.isOutput {
                    frozen.insert(root)
                }
            }
        }
        free = classes.filter { !frozen.contains($0.key) }.sorted { $0.key < $1.key }.map(\.value)
    }
}
