import Analysis
import Calibration
import Datasets
import Graph
import NetworkSupport
import Testing
import Torch

@Suite("Normalisation of photographs")
struct PhotographNormalisationTests {
    @Test(
        "what a network was trained with is found by its batch-norms, and without any",
        arguments: [true, false])
    func trained(hasNorms: Bool) throws {
        var graph = try BundledNetwork.cifar("resnet20")
        // What is folded into weights tells no moments.
        if !hasNorms { graph = try BatchNormFolding.exact.folded(graph) }
        let network = try AnalysedNetwork(graph, folding: .exact)
        #expect(try PhotographNormalisation.found(for: network, samplesAtOnce: nil) == .imageNet)
    }

    @Test("networks that divide by 255 themselves get bytes, others numbers up to one")
    func ranges() throws {
        for scale in [1.0, 255] {
            var sketch = try Sketch(input: [2, 3, 24, 24])
            let factor = try sketch.parameter(
                "factor", Tensor(repeating: 4 / scale, shape: [], type: .float32))
            let scaled = try sketch.node("Mul", "scaled", [sketch.input, factor])
            let kernel = try Tensor(random: .normal, shape: [16, 3, 3, 3], seed: 3).applying(.multiplied(0.3))
            let first = try sketch.node(
                "Conv", "first", [scaled, sketch.parameter("kernel", kernel)],
                ["pads": .integers([1, 1, 1, 1])])
            try sketch.classifier(sketch.node("Relu", "relu", [first]))
            let found = try PhotographNormalisation.found(
                for: AnalysedNetwork(sketch.graph, folding: .exact), samplesAtOnce: nil)
            let range = 1 / found.deviation[0]
            #expect(scale == 1 ? range < 10 : range == 255, "\(scale): \(found)")
        }
    }

    @Test("what is no image is refused")
    func others() throws {
        for shape in [[1, 4, 32, 32], [1, 3, 8, 32], [1, 3, 32], [1, 32, 32, 3]] {
            var sketch = try Sketch(input: shape)
            _ = try sketch.node("Relu", "relu", [sketch.input])
            #expect(throws: CalibrationError.self) {
                try PhotographNormalisation.found(
                    for: AnalysedNetwork(sketch.graph, folding: .exact), samplesAtOnce: nil)
            }
        }
    }
}
