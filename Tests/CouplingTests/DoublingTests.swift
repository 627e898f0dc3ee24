import Coupling
import Graph
import NetworkSupport
import Testing
import Torch

@Suite("Lanes of doubled channels")
struct DoublingTests {
    @Test("a copy stands behind its channel, and behind all of its lanes in a row")
    func flattening() throws {
        var sketch = try Sketch(input: [1, 2, 2, 2])
        let features = try sketch.convolution("a", sketch.input, outputs: 3)
        let flat = try sketch.node("Flatten", "flat", [features])
        let weight = try sketch.parameter("b.weight", [12, 4])
        let hidden = try sketch.node("MatMul", "b", [flat, weight])
        sketch.finish([try sketch.node("MatMul", "c", [hidden, sketch.parameter("c.weight", [4, 5])])])
        let graph = sketch.graph
        let coupling = try Coupling(graph)
        let group = try #require(coupling.group(producedBy: "a.weight"))
        let producer = try #require(graph.value(named: "a.weight"))
        #expect(
            coupling.doubledLanes(producer, axis: 0, length: 3, groups: [group.index]) == [0, 0, 1, 1, 2, 2])
        #expect(coupling.doubledLanes(producer, axis: 1, length: 2, groups: [group.index]) == nil)
        #expect(
            coupling.doubledLanes(weight, axis: 0, length: 12, groups: [group.index]) == [
                0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 10, 11, 8, 9, 10, 11,
            ])
        #expect(coupling.doubledLanes(weight, axis: 0, length: 12, groups: []) == nil)
        let labels = coupling.channels(weight, axis: 0, length: 12)
        #expect(labels.map { $0?.number } == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
        #expect(coupling.channels(producer, axis: 1, length: 2) == [nil, nil])
    }

    @Test("channels that the groups of a convolution share are doubled in each of them")
    func groups() throws {
        var sketch = try Sketch(input: [1, 2, 4, 4])
        let features = try sketch.convolution("a", sketch.input, outputs: 6)
        try sketch.classifier(sketch.convolution("b", features, outputs: 4, groups: 2))
        let graph = sketch.graph
        let coupling = try Coupling(graph)
        let group = try #require(coupling.group(producedBy: "a.weight"))
        #expect(group.width == 3)
        let producer = try #require(graph.value(named: "a.weight"))
        #expect(
            coupling.doubledLanes(producer, axis: 0, length: 6, groups: [group.index]) == [
                0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5,
            ])
        let consumer = try #require(graph.value(named: "b.weight"))
        #expect(
            coupling.doubledLanes(consumer, axis: 1, length: 3, groups: [group.index]) == [0, 0, 1, 1, 2, 2])
    }
}
