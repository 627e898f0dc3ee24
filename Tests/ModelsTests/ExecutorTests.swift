import Checkpoints
import Graph
import Models
import Testing
import Torch

@Suite("Executor on built-in networks")
struct ExecutorTests {
    @Test("running on from any value gives the same logits", arguments: ["resnet18", "vgg11_bn"])
    func cuts(name: String) throws {
        let network = try Fixtures.network(name)
        let graph = try Fixtures.architecture(name).load(network.state)
        let executor = try Executor(graph)
        let all = graph.nodes.flatMap(\.outputs)
        let values = try executor.compute(all, from: [graph.inputs[0]: network.images])
        #expect(values.count == all.count)
        let expected = try executor.run([network.images])[0].floats()
        let output = graph.outputs[0]
        var restarts = 0
        for cut in all {
            // A single value inside of a residual block does not determine what follows.
            guard let result = try? executor.compute([output], from: [cut: #require(values[cut])]) else {
                continue
            }
            restarts += 1
            #expect(try result[output]?.floats() == expected, "\(graph[cut].name)")
        }
        // Between blocks, and everywhere in a plain network.
        #expect(restarts >= (name == "vgg11_bn" ? all.count : 8))
        #expect(try executor.run([network.images])[0].floats() == expected)
    }

    @Test("parameters given for one run replace the graph's in that run alone")
    func overriding() throws {
        let network = try Fixtures.network("vgg11_bn")
        let graph = try Fixtures.architecture("vgg11_bn").load(network.state)
        let executor = try Executor(graph)
        let (input, output) = (graph.inputs[0], graph.outputs[0])
        let bias = try #require(graph.value(named: "classifier.bias"))
        let raised = try #require(graph[bias].tensor).applying(.adding(1))
        let before = try executor.run([network.images])[0]
        let during = try executor.compute([output], from: [input: network.images], parameters: [bias: raised])
        let tolerance = 1e-6
        let shifted = try before.applying(.adding(1))
        #expect(try relativeDifference(#require(during[output]), shifted) <= tolerance)
        #expect(try executor.run([network.images])[0].floats() == before.floats())
    }

    @Test("training uses the batch's statistics and reports new running ones")
    func training() throws {
        let network = try Fixtures.network("vgg11_bn")
        let graph = try Fixtures.architecture("vgg11_bn").load(network.state)
        let executor = try Executor(graph)
        let (input, output) = (graph.inputs[0], graph.outputs[0])
        let run = try executor.train(
            [output], from: [input: network.images], parameters: [:], seed: 1)
        let statistics = network.state.names.filter { $0.contains("running_") }
        #expect(run.updates.keys.map { graph[$0].name }.sorted() == statistics.sorted())
        let difference = try relativeDifference(#require(run.values[output]), network.expected)
        #expect(difference > 0.01)
    }
}
