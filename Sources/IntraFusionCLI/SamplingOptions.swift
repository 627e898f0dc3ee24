import ArgumentParser
import Foundation
import IntraFusion

/// The number of test images of an evaluation, and how many run at a time.
struct SamplingOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Use only this many samples of the test set, for a quick look.", valueName: "count"))
    var samples: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many samples to run at a time (default: 250, or the batch size that an ONNX model fixes).",
            valueName: "count"))
    var batchSize: Int?

    /// Loads the test images.
    func images(_ data: DataOptions, form: ImageForm) throws -> ImageDataset {
        try DatasetRegistry.load(
            name: data.dataset, folder: URL(fileURLWithPath: data.data, isDirectory: true), split: .test,
            form: form)
    }

    /// Measures a network's accuracy.
    ///
    /// - Parameter progress: Called with the share of the work that is done.
    func accuracy(
        of network: NetworkFile, on images: ImageDataset, device: Device, progress: (Double) throws -> Void
    ) throws -> Accuracy {
        try evaluator(of: network, on: images, device: device)
            .accuracy(of: network.graph, progress: progress)
    }

    /// Makes the evaluator of a network and its results.
    func evaluator(of network: NetworkFile, on images: ImageDataset, device: Device) throws
        -> AccuracyEvaluator
    {
        let batch = try Self.batchSize(
            batchSize, for: network, of: min(samples ?? images.count, images.count))
        return try AccuracyEvaluator(images, sampleCount: samples, batchSize: batch, device: device)
    }

    /// Returns how many samples a network takes at a time.
    ///
    /// - Parameters:
    ///   - asked: How many were asked for; nil leaves it to the network.
    ///   - network: The network.
    ///   - count: How many samples there are.
    /// - Throws: `ValidationError` where the network was made for another number.
    static func batchSize(_ asked: Int?, for network: NetworkFile, of count: Int) throws -> Int {
        let batch = asked ?? network.batchSize ?? 250
        if let fixed = network.batchSize, batch != fixed {
            throw ValidationError("\(network.path) takes \(fixed) samples at a time, not \(batch)")
        }
        if let fixed = network.batchSize, fixed > 1, count % fixed != 0 {
            throw ValidationError(
                "\(network.path) takes \(fixed) samples at a time, of which \(count) is no multiple: use --samples"
            )
        }
        return batch
    }
}
