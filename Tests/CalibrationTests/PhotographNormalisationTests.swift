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
            var features = scaled
            for (index, channels) in [3, 24, 24, 24].enumerated() {
                // Weights that keep variances, as those of trained networks do.
                let kernel = try Tensor(random: .normal, shape: [24, channels, 3, 3], seed: UInt64(index))
                    .applying(.multiplied((2 / Double(9 * channels)).squareRoot()))
                features = try sketch.node(
                    "Conv", "conv\(index)", [features, sketch.parameter("kernel\(index)", kernel)],
                    ["pads": .integers([1, 1, 1, 1])])
                features = try sketch.node("Relu", "relu\(index)", [features])
            }
            try sketch.classifier(features)
            let found = try PhotographNormalisation.found(
                for: AnalysedNetwork(sketch.graph, folding: .exact), samplesAtOnce: nil)
            let range = 1 / found.deviation[0]
            #expect(scale == 1 ? range < 10 : abs(range - 255) < 1, "\(scale): \(found)")
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
