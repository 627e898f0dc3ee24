import Compression
import Coupling
import Graph
import NetworkSupport
import OptimalTransport
import Testing
import Torch

/// Groups that lie side by side on one axis, as a Concat makes them.
@Suite("Groups that share an axis")
struct SharedAxisTests {
    private static let width = 6

    /// Two convolutions of one image, side by side, and a third that reads both.
    private func network() throws -> Graph {
        var sketch = try Sketch(input: [2, 3, 5, 5])
        let left = try sketch.convolution("left", sketch.input, outputs: Self.width)
        let right = try sketch.convolution("right", sketch.input, outputs: Self.width)
        let both = try sketch.node("Concat", "both", [left, right], ["axis": .integer(1)])
        try sketch.classifier(try sketch.convolution("last", both, outputs: Self.width))
        return sketch.graph
    }

    private func change(_ group: CoupledGroup) throws -> (map: ChannelMap, group: CoupledGroup) {
        let kept = [1, 2, 5]
        let selection = try ChannelMap.selection(kept, of: group.width)
        let map = try ChannelMap(
            kept: kept, producer: selection, perChannel: selection,
            consumers: group.members(.consumer).map {
                ChannelMap.Consumer(parameter: $0.name, axis: $0.axis, matrix: selection.transposed)
            })
        return (map, group)
    }

    @Test("all at once is one after the other, in either order", arguments: [false, true])
    func orders(isReversed: Bool) throws {
        let graph = try network()
        let coupling = try Coupling(graph)
        #expect(coupling.groups.count == 3)
        let groups = isReversed ? coupling.groups.reversed() : coupling.groups
        let together = try graph.applying(groups.map(change), of: coupling)
        var single = graph
        for group in coupling.groups {
            let coupling = try Coupling(single)
            single = try single.applying([change(coupling.group(of: group.references))], of: coupling)
        }
        #expect(try together.differences(from: single).isEmpty)
        #expect(try together.parameter("last.weight").shape == [3, 6, 3, 3])
        #expect(try together.parameter("left.weight").shape == [3, 3, 3, 3])
    }
}
