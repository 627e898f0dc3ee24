import ArgumentParser
import Foundation
import IntraFusion

/// The importance options of a command.
struct ImportanceArguments: ParsableArguments {
    @Option(
        name: [
            .customLong("importance-criteria"), .customLong("importance_criteria"), .customLong("importance"),
        ],
        help: ArgumentHelp(
            "The importance criterion (default: l1; prune uses output_error unless groups compete by their scores).",
            discussion: Choices.list(ImportanceRegistry.criteria.map { ($0.name, $0.summary) }),
            valueName: "name"), completion: .list(ImportanceRegistry.criteria.map { $0.name }))
    var choice: String?

    /// The criterion's name.
    var criterion: String { choice ?? L1Importance.name }

    @Option(
        help: ArgumentHelp(
            "How the scores of a channel in different layers are combined.",
            discussion: ImportanceScorer.Reduction.list))
    var reduction = ImportanceScorer.Reduction.mean

    @Option(
        help: ArgumentHelp(
            "How the scores of a group are scaled.", discussion: ImportanceScorer.Normaliser.list))
    var normaliser = ImportanceScorer.Normaliser.mean

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many batches of training images to use, for criteria that need images.",
            valueName: "count"))
    var batches = 5

    @Option(
        name: [.customLong("criterion-batch-size"), .customLong("criterion_batch_size")],
        parsing: .unconditional,
        help: ArgumentHelp("How many images such a batch has.", valueName: "count"))
    var criterionBatchSize = 128

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The seed for criteria that draw random numbers.", valueName: "seed"))
    var seed: UInt64 = 0

    /// Says how channels are scored.
    func say(_ settings: inout PruningSettings) {
        settings.importance = choice
        settings.reduction = reduction
        settings.normaliser = normaliser
        settings.batches = batches
        settings.criterionBatchSize = criterionBatchSize
    }

    /// How channels are scored and transported in a sweep.
    func scoring(_ folding: BatchNormFolding, _ transport: TransportArguments) throws -> ScoringOptions {
        try PruningSettings.checked { settings in
            say(&settings)
            transport.say(&settings)
            settings.folding = folding
            settings.importance = criterion
        }.scoring(seed: seed)
    }

    /// Loads the training images if the criterion needs any.
    static func trainingImages(
        _ data: DataOptions, criterion: String, form: ImageForm = .unknown
    ) throws -> ImageDataset? {
        guard try ImportanceRegistry.needsImages(criterion) else { return nil }
        return try DatasetRegistry.load(
            name: data.dataset, folder: URL(fileURLWithPath: data.data, isDirectory: true), split: .train,
            form: form)
    }
}

extension ImportanceScorer.Reduction: SummarisedChoice {}
extension ImportanceScorer.Normaliser: SummarisedChoice {}
