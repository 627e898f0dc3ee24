import ArgumentParser
import Foundation
import IntraFusion

/// How many test images an evaluation looks at, and how many at a time.
struct SamplingOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only the first samples of the test set, for a quick look.", valueName: "count"))
    var samples: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many samples run at a time (default: 250, or what an ONNX model was made for).",
            valueName: "count"))
    var batchSize: Int?

    /// Loads the test images.
    func images(_ data: DataOptions) throws -> ImageDataset {
        try DatasetRegistry.load(
            name: data.dataset, folder: URL(fileURLWithPath: data.data, isDirectory: true), split: .test)
    }

    /// Measures a network's accuracy.
    func accuracy(of network: NetworkFile, on images: ImageDataset, device: Device) throws -> Accuracy {
        let batch = batchSize ?? network.batchSize ?? 250
        if let fixed = network.batchSize, batch != fixed {
            throw ValidationError("\(network.path) takes \(fixed) samples at a time, not \(batch)")
        }
        let count = min(samples ?? images.count, images.count)
        if let fixed = network.batchSize, fixed > 1, count % fixed != 0 {
            throw ValidationError(
                "\(network.path) takes \(fixed) samples at a time, of which \(count) is no multiple: use --samples"
            )
        }
        return try AccuracyEvaluator(images, sampleCount: samples, batchSize: batch, device: device)
            .accuracy(of: network.graph)
    }
}
