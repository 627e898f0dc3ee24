internal import Datasets
internal import Graph
internal import Torch

/// The parameters of a network in training, and the optimiser's history.
struct TrainingState {
    private let trainer: Trainer
    private let stepsPerEpoch: Int
    private let beginning = ContinuousClock.now
    /// Parameters that share one decay, with their optimiser.
    private var descents: [(parameters: [ValueID], descent: GradientDescent)]
    private var step = 0
    private var imagesSeen = 0
    /// Trained parameters and running statistics, on the device.
    private var values: [ValueID: Tensor] = [:]

    init(_ trainer: Trainer, stepsPerEpoch: Int) throws {
        self.trainer = trainer
        self.stepsPerEpoch = stepsPerEpoch
        let options = trainer.options
        descents = try [
            (trainer.parameters.decayed, options.weightDecay), (trainer.parameters.undecayed, 0),
        ].map { parameters, decay in
            let descent = try GradientDescent(
                momentum: options.momentum, weightDecay: decay, nesterov: options.nesterov)
            return (parameters, descent)
        }
        for id in descents.flatMap(\.parameters) {
            values[id] = try trainer.graph[id].tensor?.moved(to: trainer.device)
        }
    }

    /// The learning rate of the next step.
    var learningRate: Double {
        trainer.options.schedule.rate(
            peak: trainer.options.learningRate, step: step, total: stepsPerEpoch * trainer.options.epochs)
    }

    /// Takes one step down the loss over a batch, and returns the previous loss, the rate and the speed so
    /// far.
    ///
    /// If the loss is not finite, no step is taken.
    mutating func descend(
        _ batch: ImageDataset.Batch
    ) throws -> (loss: Double, learningRate: Double, imagesPerSecond: Double) {
        let rate = learningRate
        var arguments = values
        let trained = descents.flatMap(\.parameters)
        for id in trained { arguments[id] = try values[id]?.requiringGradient() }
        let run = try trainer.executor.train(
            [trainer.output], from: [trainer.input: batch.images], parameters: arguments,
            seed: trainer.options.seed &+ 0xA076_1D64_78BD_642F &* UInt64(step + 1))
        guard let logits = run.values[trainer.output] else {
            throw TrainingError.network("its output was not computed")
        }
        let loss = try logits.crossEntropy(
            targets: batch.labels.moved(to: trainer.device), labelSmoothing: trainer.options.labelSmoothing)
        let value = try loss.scalar()
        if value.isFinite {
            let leaves = trained.compactMap { arguments[$0] }
            let gradients = try zip(trained, loss.gradients(of: leaves))
            try update(Dictionary(uniqueKeysWithValues: gradients).compactMapValues { $0 }, rate: rate)
            values.merge(run.updates) { $1 }
        }
        step += 1
        imagesSeen += batch.labels.count
        let seconds = (ContinuousClock.now - beginning) / .seconds(1)
        return (value, rate, seconds > 0 ? Double(imagesSeen) / seconds : 0)
    }

    private mutating func update(_ gradients: [ValueID: Tensor], rate: Double) throws {
        for index in descents.indices {
            // Parameters that do not affect the loss are left alone; which ones does not change from step to
            // step.
            if step == 0 { descents[index].parameters.removeAll { gradients[$0] == nil } }
            let parameters = descents[index].parameters
            let updated = try descents[index].descent.step(
                parameters.compactMap { values[$0] }, gradients: parameters.compactMap { gradients[$0] },
                learningRate: rate)
            for (id, tensor) in zip(parameters, updated) { values[id] = tensor }
        }
    }

    /// Returns whether every parameter and running statistic is a finite number.
    func isFinite() throws -> Bool {
        try values.values.allSatisfy { try $0.isFinite() }
    }

    /// The network with the present parameters, on the CPU.
    func graph() throws -> Graph {
        try trainer.graph.replacing(
            parameters: values.mapValues { try $0.detached().moved(to: .cpu) })
    }
}
