import ArgumentParser
import Foundation
import IntraFusion

/// The labelled images on which accuracies are measured, if any.
struct EvaluationArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A data set's folder: its test images measure the accuracy before and after, and criteria that need images use its training images.",
            valueName: "folder"), completion: .directory)
    var data: String?

    @Option(
        help: ArgumentHelp(
            "The data set: auto finds it in the folder.",
            discussion: "One of \(DatasetRegistry.names.joined(separator: ", ")).", valueName: "name"),
        completion: .list(DatasetRegistry.names))
    var dataset = DatasetRegistry.automatic

    @OptionGroup var sampling: SamplingOptions

    /// The accuracies of two networks.
    struct Accuracies: Codable {
        let dataset: String
        let dataChecksum: String
        let samples: Int
        let before: Double
        let after: Double
    }

    /// The data set as other commands name it.
    var options: DataOptions {
        var options = DataOptions()
        options.data = data ?? "data"
        options.dataset = dataset
        return options
    }

    /// Loads the test images; nil if no folder is named.
    func images(fitting graph: Graph, form: ImageForm) throws -> ImageDataset? {
        guard let data else { return nil }
        let images = try DatasetRegistry.load(
            name: dataset, folder: URL(fileURLWithPath: data, isDirectory: true), split: .test,
            form: form.fitting(graph))
        try images.requireFit(to: graph)
        return images
    }

    /// Measures two forms of a network.
    ///
    /// - Parameter progress: Called with the share of the work that is done.
    func accuracies(
        on images: ImageDataset, before: Graph, after: Graph, of network: NetworkFile, device: Device,
        progress: (Double) throws -> Void
    ) throws -> Accuracies {
        let evaluator = try sampling.evaluator(of: network, on: images, device: device)
        return Accuracies(
            dataset: images.name, dataChecksum: images.checksum, samples: evaluator.sampleCount,
            before: try evaluator.accuracy(of: before) { try progress($0 / 2) }.fraction,
            after: try evaluator.accuracy(of: after) { try progress((1 + $0) / 2) }.fraction)
    }
}
