import AnalysisSupport
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

    /// Consumers that read every channel, so many that sums are products of matrices.
    @Test(
        "channels with several positions are mixed as loops would, beside others that stay or are mixed too",
        arguments: [false, true], [1, 2])
    func wide(isFlattened: Bool, changing count: Int) throws {
        let (width, kept) = (40, Array(5..<37))
        var sketch = try Sketch(input: [2, 3, 3, 3])
        let left = try sketch.convolution("left", sketch.input, outputs: width)
        let right = try sketch.convolution("right", sketch.input, outputs: width)
        let both = try sketch.node("Concat", "both", [left, right], ["axis": .integer(1)])
        let positions = isFlattened ? 9 : 1
        if isFlattened {
            let flat = try sketch.node("Flatten", "flat", [both], ["axis": .integer(1)])
            sketch.finish([try sketch.linear("last", flat, outputs: 7)])
        } else {
            try sketch.classifier(try sketch.convolution("last", both, outputs: 7))
        }
        let graph = sketch.graph
        let coupling = try Coupling(graph)
        let names = ["left.weight", "right.weight"].prefix(count)
        let selection = try ChannelMap.selection(kept, of: width)
        let changes = try names.map { name in
            let group = try #require(
                coupling.groups.first { $0.members(.producer).contains { $0.name == name } })
            let matrix = try SparseMatrix(
                dense: Tensor(random: .normal, shape: [width, kept.count], seed: 3).doubles(),
                rows: width, columns: kept.count)
            let consumers = group.members(.consumer).map {
                ChannelMap.Consumer(parameter: $0.name, axis: $0.axis, matrix: matrix)
            }
            return (
                try ChannelMap(kept: kept, producer: selection, perChannel: selection, consumers: consumers),
                group, matrix.dense()
            )
        }
        let found = try graph.applying(changes.map { ($0.0, $0.1) }, of: coupling).parameter("last.weight")
        let old = try graph.parameter("last.weight").doubles()
        let inner = isFlattened ? 1 : 9
        let length = 2 * width * positions
        var expected: [Double] = []
        for output in 0..<7 {
            for half in 0..<2 {
                let matrix = half < count ? changes[half].2 : nil
                for target in 0..<(matrix == nil ? width : kept.count) {
                    for slot in 0..<(positions * inner) {
                        func weight(_ channel: Int) -> Double {
                            let position = half * width * positions + channel * positions
                            return isFlattened
                                ? old[output * length + position + slot]
                                : old[(output * length + position) * inner + slot]
                        }
                        expected.append(
                            matrix.map { matrix in
                                (0..<width).reduce(0) {
                                    $0 + matrix[$1 * kept.count + target] * weight($1)
                                }
                            } ?? weight(target))
                    }
                }
            }
        }
        let values = try found.doubles()
        #expect(values.count == expected.count)
        #expect(zip(values, expected).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) })
    }
}
