import ArgumentParser
import Foundation
import IntraFusion

/// Trains a built-in architecture.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a network of a built-in architecture on labelled images.")

    private static let defaults = TrainingOptions()

    @Option(
        name: [.customLong("model-name"), .customLong("model_name")],
        help: ArgumentHelp(
            "The architecture.", discussion: "`intrafusion architectures` lists them.",
            valueName: "name"), completion: .list(ModelRegistry.names))
    var modelName = ArchitectureOptions.defaultName

    @OptionGroup var data: DataOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write the trained network, as safetensors.", valueName: "file"))
    var output: OutputFile

    @Option(help: ArgumentHelp("A factor applied to every width.", valueName: "factor"))
    var width = 1.0

    @Option(help: ArgumentHelp("The number of passes over the training images.", valueName: "count"))
    var epochs = defaults.epochs

    @Option(help: ArgumentHelp("The number of images in a batch.", valueName: "count"))
    var batchSize = defaults.batchSize

    @Option(help: ArgumentHelp("The peak learning rate of the one-cycle schedule.", valueName: "rate"))
    var learningRate = defaults.learningRate

    @Option(help: ArgumentHelp("The momentum.", valueName: "factor"))
    var momentum = defaults.momentum

    @Option(help: ArgumentHelp("The weight decay.", valueName: "factor"))
    var weightDecay = defaults.weightDecay

    @Option(
        help: ArgumentHelp(
            "The label smoothing: the share of the target spread over all classes.", valueName: "share"))
    var labelSmoothing = defaults.labelSmoothing

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The seed for the initial weights, the order of the images and their augmentation.",
            valueName: "seed"))
    var seed = defaults.seed

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var engine: EngineOptions
    @OptionGroup var messages: MessageOptions

    /// What `train` prints.
    private struct Report: Encodable {
        let model: String
        let dataset: String
        let output: String
        let width: Double
        let parameters: Int
        let options: TrainingOptions
        let libtorch: String
        let seconds: Double
        let complete: Bool
        let epochs: [TrainingResult.Epoch]
    }

    func run() throws {
        try output.requireWritable()
        let device = try engine.prepare(messages)
        let design = try ModelRegistry.architecture(named: modelName)
        let folder = URL(fileURLWithPath: data.data, isDirectory: true)
        let images = try DatasetRegistry.load(name: data.dataset, folder: folder, split: .train)
        let test = try DatasetRegistry.load(name: data.dataset, folder: folder, split: .test)
        let graph = try design.initialised(
            classes: images.classNames.count, inputChannels: images.imageSize.channels,
            widthMultiplier: width,
            imageSize: SpatialSize(height: images.imageSize.height, width: images.imageSize.width), seed: seed
        )
        var options = TrainingOptions()
        options.epochs = epochs
        options.batchSize = batchSize
        options.learningRate = learningRate
        options.momentum = momentum
        options.weightDecay = weightDecay
        options.nesterov = momentum > 0
        options.labelSmoothing = labelSmoothing
        options.seed = seed
        let trainer = try Trainer(graph, options: options, device: device)
        let interruption = Interruption()
        var bar = ProgressBar(messages)
        defer { bar.clear() }
        let start = ContinuousClock.now
        let result = try trainer.train(on: images, test: test) { progress in
            let done = Double((progress.epoch - 1) * progress.batches + progress.batch)
            bar.show("training", done / Double(progress.epochs * progress.batches))
        } isCancelled: {
            interruption.isRequested
        }
        bar.clear()
        guard !result.epochs.isEmpty || !result.wasCancelled else {
            throw Interruption.emptyHanded(in: "the first epoch")
        }
        let report = Report(
            model: modelName, dataset: images.name, output: output.path, width: width,
            parameters: graph.parameterCount,
            options: result.options, libtorch: Runtime.version,
            seconds: (ContinuousClock.now - start) / .seconds(1),
            complete: !result.wasCancelled, epochs: result.epochs)
        try json
            ? StandardOutput.write(JSONText.encode(report))
            : messages.write(report: text(report), wroteFile: true)
        try save(result, images.name)
        if result.wasCancelled { throw ExitCode(ExitStatus.interrupted) }
    }

    private func save(_ result: TrainingResult, _ dataset: String) throws {
        var metadata = [
            "architecture": modelName, "dataset": dataset, "epoch": "\(result.epochs.count)",
            "seed": "\(seed)",
            "width": "\(width)", "batch_size": "\(batchSize)", "learning_rate": "\(learningRate)",
        ]
        // After an interruption the weights are past the last epoch whose accuracy is known.
        if !result.wasCancelled, let accuracy = result.epochs.last?.testAccuracy {
            metadata["test_accuracy"] = "\(accuracy)"
        }
        try SafetensorsWriter.write(
            result.graph.stateDictionary, metadata: metadata, to: output.url)
    }

    private func text(_ report: Report) -> String {
        var table = TextTable(header: ["epoch", "loss", "test accuracy"])
        for (index, epoch) in report.epochs.enumerated() {
            table.add([
                "\(index + 1)", String(format: "%.4f", epoch.loss),
                epoch.testAccuracy.map { String(format: "%.2f %%", $0 * 100) } ?? "",
            ])
        }
        let ending = report.complete ? "" : "\nInterrupted: the weights are those after the last batch."
        return """
            \(report.model) on \(report.dataset): \(report.parameters) parameters, \
            \(String(format: "%.0f", report.seconds)) s
            \(table.text())
            written to \(output.path)\(ending)
            """
    }
}
