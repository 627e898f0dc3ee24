import Analysis
import Calibration
import Datasets
import Graph
import NetworkSupport
import Testing
import Torch

@Suite("Pictures whose mirror images are as good")
struct MirroredPicturesTests {
    private struct Pictures: CalibrationInputs {
        let name = "pictures"
        let tensor: Tensor
        var count: Int { tensor.shape[0] }
        func contentChecksum() throws -> String { "" }
        func requireInputFit(to graph: Graph) throws {}
        func samples(_ positions: some Collection<Int>) throws -> [Tensor] {
            [try tensor.selecting(axis: 0, Array(positions))]
        }
    }

    @Test("they come as they are, mirrored, and shifted by as much as a thirty-second of their side")
    func variants() throws {
        let tensor = try Tensor(random: .normal, shape: [5, 3, 64, 96], seed: 3)
        let pictures = MirroredPictures(Pictures(tensor: tensor))
        #expect(pictures.hasVariants && pictures.equivalentVariants == 2 && pictures.count == 5)
        var generator = SplitMixGenerator(seed: 1)
        let chosen = try tensor.selecting(axis: 0, [1, 4])
        #expect(try pictures.variant(0, of: [1, 4], using: &generator)[0].floats() == chosen.floats())
        let mirrored = try pictures.variant(1, of: [1, 4], using: &generator)[0]
        #expect(try mirrored.floats() == chosen.flipped(axes: [3]).floats())
        let shifted = try pictures.variant(2, of: [0, 1, 2, 3, 4], using: &generator)[0]
        #expect(shifted.shape == tensor.shape)
        // What is far enough from the border is some part of the picture or of its mirror image.
        for sample in 0..<5 {
            func inner(_ tensor: Tensor, _ row: Int, _ column: Int) throws -> Tensor {
                try tensor.sliced(axis: 0, sample..<sample + 1).sliced(axis: 2, row..<row + 60)
                    .sliced(axis: 3, column..<column + 92)
            }
            let own = try inner(shifted, 2, 2).floats()
            var found = false
            for source in [tensor, try tensor.flipped(axes: [3])] {
                for row in 0...4 {
                    for column in 0...4 { found = try found || inner(source, row, column).floats() == own }
                }
            }
            #expect(found)
        }
    }

    @Test("the network says whether they are as good", arguments: [true, false])
    func check(isSymmetric: Bool) throws {
        var sketch = try Sketch(input: [4, 3, 16, 16])
        if isSymmetric {
            try sketch.classifier(
                sketch.node("Relu", "r", [sketch.convolution("a", sketch.input, outputs: 8, kernel: 1)]))
        } else {
            let flat = try sketch.node("Flatten", "flat", [sketch.input])
            sketch.finish([try sketch.linear("a", flat, outputs: 6)])
        }
        let network = try AnalysedNetwork(sketch.graph)
        let pictures = Pictures(tensor: try Tensor(random: .normal, shape: [64, 3, 16, 16], seed: 9))
        let request = try CalibrationRequest(source: .images, images: 64)
        let calibration = try request.calibration(for: network, images: pictures)
        #expect(calibration.batchCount == calibration.distinctBatchCount * (isSymmetric ? 2 : 1))
    }
}
