internal import Graph

/// Numbers the lanes of every axis of every value.
struct LaneTable: Sendable {
    /// The first lane of each axis, by value.
    private let starts: [[Int]]
    /// The number of lanes.
    let count: Int

    /// The most lanes a network may have, a guard against implausible shapes.
    static let limit = 1 << 28

    init(_ graph: Graph) throws {
        var starts: [[Int]] = []
        starts.reserveCapacity(graph.values.count)
        var next = 0
        for value in graph.values {
            var axes: [Int] = []
            for length in value.type.shape {
                axes.append(next)
                let (sum, overflow) = next.addingReportingOverflow(length)
                guard !overflow, sum <= Self.limit else {
                    throw CouplingError(
                        "value \(value.name) of shape \(value.type.shape) is too long to follow its channels")
                }
                next = sum
            }
            starts.append(axes)
        }
        self.starts = starts
        count = next
    }

    func start(_ value: ValueID, axis: Int) -> Int? {
        let axes = starts[value.number]
        return axes.indices.contains(axis) ? axes[axis] : nil
    }
}
