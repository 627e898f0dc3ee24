import Calibration
import Compression
import Datasets
import Evaluation
import Foundation
import Graph
import NetworkSupport
import Pruning
import TestSupport
import Testing
import Torch

@Suite("Pruning with calibration")
struct CalibratedPruningTests {
    private func digits(_ split: DatasetSplit) throws -> ImageDataset {
        try DatasetRegistry.load(
            name: "digits", folder: SharedFiles.packageFolder.appendingPathComponent("data/digits"),
            split: split)
    }

    private func options(_ source: Calibration.Origin?, checksum: String? = nil) throws -> PruningOptions {
        try PruningOptions(
            effort: .minimal, sparsity: Sparsity(0.5),
            rule: source == nil ? "delete" : "delete_moment_matched",
            scoring: ScoringOptions(importance: "output_error"),
            calibration: source.map { try CalibrationRequest(source: $0, images: 128, checksum: checksum) })
    }

    @Test(
        "half of every group goes, and the bundled networks still work", arguments: ["vgg11_bn", "resnet18"])
    func accuracy(name: String) throws {
        let graph = try BundledNetwork.digits(name)
        let (train, test) = (try digits(.train), try digits(.test))
        let evaluator = try AccuracyEvaluator(test)
        func accuracy(_ source: Calibration.Origin?) throws -> Double {
            let pruner = try Pruner(graph, options: options(source), calibrationImages: train)
            return try evaluator.accuracy(of: pruner.run().graph).fraction
        }
        let deleted = try accuracy(nil)
        let madeUp = try accuracy(.synthetic)
        let inverted = try accuracy(.inverted)
        let real = try accuracy(.images)
        #expect(
            deleted < 0.5 && madeUp > 0.85 && inverted > 0.94 && real > 0.95,
            "\(deleted) \(madeUp) \(inverted) \(real)")
    }

    @Test("there are 256 inputs, but 128 inverted ones of networks that cost more")
    func defaultImages() throws {
        func images(_ width: Int, _ source: Calibration.Origin) throws -> Int {
            var sketch = try Sketch(input: [1, 3, 32, 32])
            let features = try sketch.convolution("first", sketch.input, outputs: width)
            try sketch.classifier(try sketch.convolution("second", features, outputs: width))
            return CalibrationRequest.defaultImages(from: source, for: sketch.graph)
        }
        // About 9,216 width^2 multiply-accumulates, of which there may be 20 billion.
        #expect(
            try [8, 64, 80, 88, 128, 512].map { try images($0, .inverted) } == [256, 256, 256, 256, 128, 128])
        #expect(try [8, 512].map { try images($0, .images) } == [256, 256])
        #expect(try images(8, .synthetic) == 256)
    }

    @Test(
        "a plan fits the layers again, to the same bytes",
        arguments: [Calibration.Origin.synthetic, .inverted, .images])
    func plan(source: Calibration.Origin) throws {
        let graph = try BundledNetwork.digits("vgg11_bn")
        let train = try digits(.train)
        let result = try Pruner(
            graph, options: options(source, checksum: source == .images ? train.checksum : nil),
            calibrationImages: train
        ).run()
        #expect(result.layers.count == 8)
        let plan = PruningPlan(
            source: PruningPlan.Source(architecture: "vgg11_bn", file: "x", checksum: "0"),
            options: result.options,
            rounds: result.rounds, version: "test")
        let again = try PruningPlan(decoding: plan.encoded())
        let applied = try again.applied(to: graph, calibrationImages: source == .images ? train : nil)
        #expect(try applied.differences(from: result.graph).isEmpty)
        guard source == .images else { return }
        #expect(throws: CalibrationError.self) { try again.applied(to: graph) }
        #expect(throws: CalibrationError.self) {
            try again.applied(to: graph, calibrationImages: digits(.test))
        }
    }

    @Test("a plan refines the layers again, to the same bytes, and what is asked for must make sense")
    func refinement() throws {
        let graph = try BundledNetwork.digits("vgg11_bn")
        let train = try digits(.train)
        var options = try options(.images, checksum: train.checksum)
        options.calibration?.refinementSteps = 40
        let result = try Pruner(graph, options: options, calibrationImages: train).run()
        let report = try #require(result.refinement)
        #expect(report.isKept == (report.errorAfter < report.errorBefore))
        let plan = PruningPlan(
            source: PruningPlan.Source(architecture: "vgg11_bn", file: "x", checksum: "0"),
            options: result.options, rounds: result.rounds, version: "test")
        let again = try PruningPlan(decoding: plan.encoded())
        #expect(again.options.calibration?.refinementSteps == 40)
        #expect(
            try again.applied(to: graph, calibrationImages: train).differences(from: result.graph).isEmpty)
        options.calibration?.refinementSteps = -1
        let wrong = PruningPlan(
            source: plan.source, options: options, rounds: result.rounds, version: "test")
        #expect(throws: (any Error).self) { try PruningPlan(decoding: wrong.encoded()) }
    }

    @Test("a weight that is not finite is named before anything is measured")
    func notFinite() throws {
        let graph = try BundledNetwork.digits("vgg11_bn")
        let id = try #require(graph.value(named: "features.8.weight"))
        let weight = try #require(graph[id].tensor)
        let broken = try graph.replacing(parameters: [id: weight.applying(.multiplied(.nan))])
        for source in [Calibration.Origin.synthetic, .inverted, .images] {
            let error = #expect(throws: GraphError.self) {
                try Pruner(broken, options: options(source), calibrationImages: digits(.train))
            }
            #expect(error?.message.contains("features.8.weight") == true)
        }
    }

    @Test("too few images, too many, and more than there are, are errors that name the number")
    func counts() throws {
        let most = CalibrationRequest.allowedImages.upperBound
        for number in [-1, 1, most + 1, .max] {
            let error = #expect(throws: CalibrationError.self) {
                try CalibrationRequest(source: .images, images: number)
            }
            #expect(
                error?.message.contains("\(number)") == true && error?.message.contains("\(most)") == true)
            var stored = try CalibrationRequest(source: .synthetic)
            stored.images = number
            let data = try JSONEncoder().encode(stored)
            #expect(throws: CalibrationError.self) {
                try JSONDecoder().decode(CalibrationRequest.self, from: data)
            }
        }
        var many = try options(.images)
        many.calibration?.images = 100_000
        let graph = try BundledNetwork.digits("vgg11_bn")
        #expect(throws: CalibrationError.self) {
            try Pruner(graph, options: many, calibrationImages: digits(.train))
        }
        #expect(throws: CalibrationError.self) { try Pruner(graph, options: options(.images)) }
    }

    @Test("the moments of channels that a Reshape makes are followed into the pruned network")
    func reshaped() throws {
        var sketch = try Sketch(input: [4, 10])
        let flat = try sketch.linear("a", sketch.input, outputs: 16 * 9)
        let map = try sketch.reshape("map", flat, [-1, 16, 3, 3])
        let normalised = try sketch.node(
            "BatchNormalization", "n",
            [map]
                + ["scale", "shift", "mean", "variance"].enumerated().map { index, name in
                    try sketch.parameter(
                        "n." + name,
                        Tensor((0..<16).map { Float(index % 3 == 0 ? 1 : 0) + Float($0) / 16 }, shape: [16]))
                })
        try sketch.classifier(
            sketch.node(
                "Relu", "t", [sketch.convolution("b", sketch.node("Relu", "r", [normalised]), outputs: 12)]))
        var options = PruningOptions(effort: .minimal, sparsity: try Sparsity(0.25))
        options.calibration = try CalibrationRequest(source: .synthetic, images: 32)
        let result = try Pruner(sketch.graph, options: options).run()
        #expect(result.groups.contains { $0.width == 16 && $0.keptChannels.count == 12 })
        #expect(result.calibration?.isAnchored == true)
        #expect(!result.layers.isEmpty)
    }
}
