import Foundation
import Graph
import NetworkSupport
import Testing
import Torch

@Suite("Running a graph")
struct ExecutorTests {
    /// What differences between two orders of summation may be, as a share of the largest element.
    private static let tolerance = 1e-5

    private func expectClose(_ found: Tensor?, _ expected: Tensor?) throws {
        let (found, expected) = (try #require(found), try #require(expected))
        #expect(found.shape == expected.shape)
        let (left, right) = (try found.doubles(), try expected.doubles())
        let size = right.reduce(0) { max($0, abs($1)) }
        #expect(size > 0)
        #expect(zip(left, right).allSatisfy { abs($0 - $1) <= Self.tolerance * size })
    }

    /// A residual block between two layers, with activations that exporters write as several nodes.
    private struct Network {
        let graph: Graph
        let names: [String]
        let input: Tensor

        init(_ activation: String) throws {
            var sketch = try Sketch(input: [2, 3, 9, 7])
            let stem = try sketch.activation(
                activation, sketch.convolution("stem", sketch.input, outputs: 20))
            let low = try sketch.parameter("bound", Tensor([Float(-1)], shape: []))
            let filtered = try sketch.node(
                "Clip", "filtered", [sketch.convolution("filter", stem, outputs: 20, groups: 20), low])
            let scaled = try sketch.node(
                "Mul", "rescaled",
                [
                    sketch.convolution("narrow", filtered, outputs: 20, kernel: 1),
                    sketch.parameter("scales", [20, 1, 1]),
                ])
            let sum = try sketch.node("Add", "sum", [stem, scaled])
            let gate = try sketch.node(
                "Sigmoid", "weights", [sketch.node("GlobalAveragePool", "mean", [sum])])
            let gated = try sketch.node("Mul", "gated", [sum, gate])
            let last = try sketch.convolution("last", gated, outputs: 5, kernel: 1, bias: false)
            // A gate of its own result is no step: it has one element per sample and channel.
            let own = try sketch.node("GlobalAveragePool", "own", [last])
            sketch.finish([
                try sketch.node("Relu", "end", [sketch.node("Sub", "centred", [last, own])]), sum,
            ])
            graph = sketch.graph
            names = [
                "stem", "filter", "filtered", "narrow", "rescaled", "sum", "gated", "last", "centred", "end",
            ]
            input = try Tensor(random: .normal, shape: [2, 3, 9, 7], seed: 8)
        }

        var weights: [ValueID: Tensor] {
            get throws {
                try Dictionary(
                    uniqueKeysWithValues: graph.parameters.compactMap { id in
                        guard graph[id].name.hasSuffix(".weight"), let tensor = graph[id].tensor else {
                            return nil
                        }
                        return (id, try tensor.requiringGradient())
                    })
            }
        }
    }

    @Test("activations that run in one pass end at zero where the exponential function overflows")
    func greatNumbers() throws {
        var sketch = try Sketch(input: [1, 1, 1, 2])
        let narrow = try sketch.convolution("narrow", sketch.input, outputs: 1, kernel: 1, bias: false)
        sketch.finish([try sketch.activation("silu", narrow)])
        let graph = sketch.graph
        let weight = try #require(graph.parameters.first { graph[$0].name == "narrow.weight" })
        let ones = try Tensor(repeating: 1, shape: [1, 1, 1, 1], type: .float32)
        let input = try Tensor([Float(-1e38), 2], shape: [1, 1, 1, 2])
        let found = try Executor(graph).compute(
            graph.outputs, from: [graph.inputs[0]: input], parameters: [weight: ones])
        let values = try #require(found[graph.outputs[0]]).doubles()
        #expect(values[0] == 0 && abs(values[1] - 2 / (1 + exp(-2.0))) < 1e-6)
    }

    @Test(
        "nodes that run in one pass give what they give one by one",
        arguments: ["silu", "hard_swish", "mish"])
    func tails(_ activation: String) throws {
        let network = try Network(activation)
        let executor = try Executor(network.graph)
        let known = [network.graph.inputs[0]: network.input]
        // Gradients are recorded node by node.
        let plain = try executor.compute(network.graph.outputs, from: known, parameters: network.weights)
        let found = try executor.run([network.input])
        for (id, tensor) in zip(network.graph.outputs, found) {
            try expectClose(tensor, plain[id]?.detached())
        }
        for name in network.names {
            let id = try #require(network.graph.value(named: name))
            let targets = [id] + network.graph.outputs
            let one = try executor.compute([id], from: known)
            let all = try executor.compute(targets, from: known)
            let expected = try executor.compute(targets, from: known, parameters: network.weights)
            try expectClose(one[id], expected[id]?.detached())
            for target in targets { try expectClose(all[target], expected[target]?.detached()) }
        }
    }

    @Test("gradients are those of the nodes one by one")
    func gradients() throws {
        let network = try Network("hard_swish")
        let executor = try Executor(network.graph)
        let weights = try network.weights
        let sum = try #require(network.graph.outputs.last)
        let loss = try executor.compute(
            [sum], from: [network.graph.inputs[0]: network.input], parameters: weights
        )[sum]
        let gradients = try #require(loss).reduced(.sum, axes: []).gradients(of: Array(weights.values))
        #expect(gradients.count == 4)
        #expect(try gradients.compactMap { $0 }.filter { try $0.doubles().contains { $0 != 0 } }.count == 3)
    }

    @Test("replaced parameters count at once, and only in that run")
    func replaced() throws {
        let network = try Network("silu")
        let executor = try Executor(network.graph)
        let known = [network.graph.inputs[0]: network.input]
        let before = try executor.run([network.input])
        var others: [ValueID: Tensor] = [:]
        for id in network.graph.parameters {
            others[id] = try #require(network.graph[id].tensor).applying(.multiplied(0.5))
        }
        let found = try executor.compute(network.graph.outputs, from: known, parameters: others)
        let fresh = try Executor(network.graph.replacing(parameters: others)).run([network.input])
        for (id, tensor) in zip(network.graph.outputs, fresh) { try expectClose(found[id], tensor) }
        #expect(try before[0].doubles() != fresh[0].doubles())
        for (left, right) in zip(try executor.run([network.input]), before) {
            #expect(try left.doubles() == right.doubles())
        }
    }

    @Test("what follows from parameters alone is the same in every run, until they are replaced")
    func constants() throws {
        var sketch = try Sketch(input: [2, 6])
        let (rows, columns) = (try sketch.integers("rows", [2]), try sketch.integers("columns", [3]))
        let start = try sketch.integers("start", [-1])
        let shape = try sketch.node("Concat", "shape", [start, rows, columns], ["axis": .integer(0)])
        sketch.finish([try sketch.node("Reshape", "reshaped", [sketch.input, shape])])
        let graph = sketch.graph
        let executor = try Executor(graph)
        for samples in [2, 2, 5] {
            let input = try Tensor(random: .normal, shape: [samples, 6], seed: 9)
            #expect(try executor.run([input])[0].shape == [samples, 2, 3])
            let turned = try executor.compute(
                graph.outputs, from: [graph.inputs[0]: input],
                parameters: [rows: Tensor([3]), columns: Tensor([2])])
            #expect(turned[graph.outputs[0]]?.shape == [samples, 3, 2])
            let computed = try executor.compute([shape], from: [:])
            #expect(try computed[shape]?.integers() == [-1, 2, 3])
            let given = try executor.compute(
                graph.outputs, from: [graph.inputs[0]: input, shape: Tensor([samples, 1, 6])])
            #expect(given[graph.outputs[0]]?.shape == [samples, 1, 6])
        }
    }
}
