import Analysis
import AnalysisSupport
import Calibration
import Compression
import Graph
import NetworkSupport
import Testing
import Torch

@Suite("Inputs made up by inverting a network")
struct NetworkInversionTests {
    private func network() throws -> (graph: Graph, moments: NetworkMoments) {
        var sketch = try Sketch(input: [1, 3, 8, 8])
        let first = try sketch.normalisation("n1", sketch.convolution("a", sketch.input, outputs: 8))
        let second = try sketch.normalisation(
            "n2", sketch.convolution("b", sketch.node("Relu", "r1", [first]), outputs: 10))
        try sketch.classifier(sketch.node("Relu", "r2", [second]))
        let folded = try BatchNormFolding.exact.folded(sketch.graph)
        return (folded, try NetworkMoments(batchNormsOf: sketch.graph, foldedInto: folded))
    }

    /// The mean distance of the channels' means and deviations from the known ones, in known deviations.
    private func distance(_ graph: Graph, _ moments: NetworkMoments, _ inputs: Tensor) throws -> Double {
        let executor = try Executor(graph)
        var distances: [Double] = []
        for (name, known) in moments.channels {
            guard let id = graph.value(named: name), !graph.outputs.contains(id) else { continue }
            let values = try #require(
                try executor.compute([id], from: [graph.inputs[0]: inputs], parameters: [:])[id]
            ).converted(to: .float64)
            let mean = try values.reduced(.mean, axes: [0, 2, 3], keepingAxes: true)
            let centred = try values.subtracting(mean)
            let deviation = try centred.multiplied(by: centred).reduced(.mean, axes: [0, 2, 3])
                .applying(.squareRoot).doubles()
            for (channel, value) in try mean.doubles().enumerated() {
                let scale = max(known.deviation[channel], 1e-3)
                distances.append(abs(value - known.mean[channel]) / scale)
                distances.append(abs(deviation[channel] / scale - 1))
            }
        }
        #expect(distances.count == 36)
        return distances.reduce(0, +) / Double(distances.count)
    }

    @Test(
        "activations come much nearer to the moments that the batch-norms tell, within the range of the inputs"
    )
    func nearer() throws {
        let (graph, moments) = try network()
        let inversion = try #require(try NetworkInversion(graph, moments))
        let start = try Tensor(random: .normal, shape: [32, 3, 8, 8], seed: 4)
        var shares: [Double] = []
        let inputs = try inversion.inputs(from: start, steps: 60) { shares.append($0) }
        #expect(shares.count == 60 && shares[0] == 0 && shares == shares.sorted())
        #expect(inputs.shape == start.shape)
        let (before, after) = (
            try distance(graph, moments, start), try distance(graph, moments, inputs)
        )
        #expect(after < 0.5 * before, "\(before) \(after)")
        for reduction in [Tensor.Reduction.minimum, .maximum] {
            let (a, b) = (
                try start.reduced(reduction, axes: [0, 2, 3]).doubles(),
                try inputs.reduced(reduction, axes: [0, 2, 3]).doubles()
            )
            for (limit, value) in zip(a, b) {
                #expect(reduction == .minimum ? value >= limit : value <= limit)
            }
        }
        #expect(
            try inversion.inputs(from: start, steps: 3).doubles()
                == inversion.inputs(from: start, steps: 3).doubles())
    }

    @Test("what a report throws ends the work")
    func interrupted() throws {
        struct Stop: Error {}
        let (graph, moments) = try network()
        let inversion = try #require(try NetworkInversion(graph, moments))
        let start = try Tensor(random: .normal, shape: [4, 3, 8, 8], seed: 4)
        #expect(throws: Stop.self) {
            try inversion.inputs(from: start, steps: 10) { if $0 > 0.4 { throw Stop() } }
        }
    }

    @Test("a network of which nothing is known cannot be inverted")
    func nothingKnown() throws {
        let (graph, _) = try network()
        #expect(try NetworkInversion(graph, NetworkMoments(batchNormsOf: graph, foldedInto: graph)) == nil)
    }
}
