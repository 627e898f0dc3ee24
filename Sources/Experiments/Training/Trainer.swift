public import Datasets
internal import Evaluation
public import Graph
public import Torch

/// Trains a network to classify images.
///
/// On the CPU, equal networks, options, images and thread counts give equal results.
public struct Trainer: Sendable {
    let graph: Graph
    let input: ValueID
    let output: ValueID
    let options: TrainingOptions
    let device: Device
    let executor: Executor
    let parameters: TrainableParameters

    /// Prepares training.
    ///
    /// - Parameters:
    ///   - graph: The network, from one input `[1, channels, height, width]` to logits `[1, classes]`.
    ///   - options: The training options.
    ///   - frozen: The names of parameters that are not trained.
    ///   - device: The device it runs on.
    /// - Throws: `TrainingError` for an option out of range or another kind of network; `TorchError` if the
    ///   parameters cannot be moved to the device.
    public init(
        _ graph: Graph, options: TrainingOptions = TrainingOptions(), frozen: Set<String> = [],
        device: Device = .cpu
    ) throws {
        try options.validate()
        guard let input = graph.inputs.first, graph.inputs.count == 1, let output = graph.outputs.first,
            graph.outputs.count == 1, graph[input].type.shape.count == 4, graph[output].type.shape.count == 2
        else {
            throw TrainingError.network("it must map one batch of images to one matrix of logits")
        }
        self.graph = graph
        self.input = input
        self.output = output
        self.options = options
        self.device = device
        executor = try Executor(graph, device: device)
        parameters = try TrainableParameters(
            graph, frozen: frozen, decaysNormalisation: options.decaysNormalisation)
    }

    /// Trains the network.
    ///
    /// - Parameters:
    ///   - images: The training images.
    ///   - test: The images that measure the accuracy after every epoch, if any.
    ///   - progress: Called after every batch.
    ///   - isCancelled: Asked before every batch; once it returns true, the result so far is returned.
    /// - Throws: `TrainingError` if images do not fit or the loss is no longer finite; errors from
    ///   `progress`.
    public func train(
        on images: ImageDataset, test: ImageDataset? = nil,
        progress: (TrainingProgress) throws -> Void = { _ in },
        isCancelled: @Sendable () -> Bool = { false }
    ) throws -> TrainingResult {
        for dataset in [images, test].compactMap({ $0 }) { try dataset.requireFit(to: graph) }
        let augmentation = options.augmentation ?? images.augmentation
        // A batch of one image has no statistics for a batch-norm.
        let sampler = try BatchSampler(
            count: images.count, batchSize: options.batchSize, seed: options.seed,
            dropsLast: images.count > options.batchSize && images.count % options.batchSize == 1)
        var state = try TrainingState(self, stepsPerEpoch: sampler.batches().count)
        var epochs: [TrainingResult.Epoch] = []
        for epoch in 0..<options.epochs {
            let batches = sampler.batches(epoch: epoch)
            var generator = SplitMixGenerator(
                seed: options.seed &+ 0xD1B5_4A32_D192_ED03 &* UInt64(epoch + 1))
            var losses = 0.0
            for (index, indices) in batches.enumerated() {
                if isCancelled() { return try result(state, epochs, wasCancelled: true, augmentation) }
                let batch = try images.batch(indices, augmentation: augmentation, using: &generator)
                let step = try state.descend(batch)
                guard step.loss.isFinite else {
                    throw TrainingError.diverged(
                        epoch: epoch + 1, batch: index + 1, learningRate: step.learningRate)
                }
                losses += step.loss
                try progress(
                    TrainingProgress(
                        epoch: epoch + 1, epochs: options.epochs, batch: index + 1, batches: batches.count,
                        loss: step.loss, learningRate: step.learningRate,
                        imagesPerSecond: step.imagesPerSecond))
            }
            guard try state.isFinite() else {
                throw TrainingError.diverged(
                    epoch: epoch + 1, batch: batches.count, learningRate: state.learningRate)
            }
            epochs.append(
                TrainingResult.Epoch(
                    loss: losses / Double(batches.count),
                    testAccuracy: try test.map {
                        try AccuracyEvaluator($0, device: device).accuracy(of: state.graph()).fraction
                    }))
        }
        return try result(state, epochs, wasCancelled: false, augmentation)
    }

    private func result(
        _ state: TrainingState, _ epochs: [TrainingResult.Epoch], wasCancelled: Bool,
        _ augmentation: Augmentation
    ) throws -> TrainingResult {
        var options = options
        options.augmentation = augmentation
        return TrainingResult(
            graph: try state.graph(), epochs: epochs, wasCancelled: wasCancelled, options: options)
    }
}
