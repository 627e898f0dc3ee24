import Checkpoints
import Datasets
import Foundation
import Graph
import Models
import TestSupport
import Testing
import Torch

@Suite("Bundled models")
struct BundledModelTests {
    @Test(
        "a bundled network has the accuracy that its file states",
        arguments: [("vgg11_bn", 0.98), ("resnet18", 0.98), ("mlp", 0.94)])
    func accuracy(name: String, least: Double) throws {
        let file = SharedFiles.packageFolder.appendingPathComponent("models/digits-\(name).safetensors")
        #expect(try Data(contentsOf: file).count < 1_000_000)
        let checkpoint = try CheckpointFile.load(file)
        #expect(checkpoint.metadata["architecture"]?.description == name)
        let stated = try #require(checkpoint.metadata["test_accuracy"].flatMap { Double($0.description) })
        #expect(stated >= least)
        let graph = try ModelRegistry.architecture(named: name).load(checkpoint.state)
        let test = try Digits().load(
            from: SharedFiles.packageFolder.appendingPathComponent("data"), split: .test)
        let batch = try test.batch(0..<test.count)
        let logits = try #require(try Executor(graph).run([batch.images]).first)
        let predictions = try logits.argMax(axis: 1).integers()
        let correct = zip(predictions, test.labels).count { $0 == $1 }
        // One image may fall to the other side with another build of libtorch.
        let tolerance = 1.0 / Double(test.count) + 1e-9
        #expect(abs(Double(correct) / Double(test.count) - stated) <= tolerance)
    }
}
