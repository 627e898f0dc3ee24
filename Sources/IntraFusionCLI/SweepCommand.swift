import ArgumentParser
import Foundation
import IntraFusion

/// Prunes a network group by group and compares deletion with fusion.
struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Prune one group at a time by deletion and by fusion, and compare the accuracies.")

    @OptionGroup var model: ModelOptions
    @OptionGroup var data: DataOptions

    @Option(
        name: [.customLong("group-idxs"), .customLong("group_idxs")], parsing: .upToNextOption,
        help: ArgumentHelp(
            "The groups to prune, one at a time; 0 is the last before the output (default: all).",
            valueName: "index"))
    var groupIndices: [Int] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("The shares of a group's channels to prune, each in [0, 1).", valueName: "share"))
    var sparsities: [Double] = [0.3, 0.4, 0.5, 0.6, 0.7]

    @Option(
        help: ArgumentHelp(
            "The merge rules to compare with deletion, separated by commas.",
            discussion: Choices.rules, valueName: "names"))
    var rules = "reference,norm_preserving"

    @Option(help: ArgumentHelp("How batch-norms are folded.", discussion: BatchNormFolding.list))
    var folding = BatchNormFolding.exact

    @OptionGroup var importance: ImportanceArguments

    @OptionGroup var transport: TransportArguments

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Use only this many samples of the test set, for a quick look.", valueName: "count"))
    var samples: Int?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("How many samples to run at a time.", valueName: "count"))
    var batchSize = 250

    @Option(
        help: ArgumentHelp(
            "Write every compressed network into this folder, as safetensors.", valueName: "folder"),
        completion: .directory)
    var saveModels: String?

    @Option(
        help: ArgumentHelp(
            "Draw the accuracies: a chart for each group, and what each rule gains over deletion.",
            valueName: "sweep.svg"))
    var plot: PictureFile?

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Print comma-separated values.")
    var csv = false

    @OptionGroup(title: "Images") var imageForm: ImageFormArguments
    @OptionGroup var engine: EngineOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        if json && csv { throw ValidationError("--json and --csv cannot be combined") }
    }

    func run() throws {
        let options = SweepOptions(
            groups: groupIndices.isEmpty ? nil : groupIndices, sparsities: try sparsities.map(Sparsity.init),
            rules: rules.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) },
            scoring: try importance.scoring(folding, transport), samples: samples,
            batchSize: batchSize)
        try plot?.requireWritable()
        let device = try engine.prepare(messages)
        let loaded = try model.load(messages)
        let form = try imageForm.form().fitting(loaded.graph)
        let images = try DatasetRegistry.load(
            name: data.dataset, folder: URL(fileURLWithPath: data.data, isDirectory: true), split: .test,
            form: form)
        let trainingImages = try ImportanceArguments.trainingImages(
            data, criterion: importance.criterion, form: form)
        let sweep = try Sweep(
            of: loaded.graph, on: images, trainingImages: trainingImages, options: options,
            samplesAtOnce: loaded.batchSize, device: device)
        let store = try saveModels.map { try NetworkStore(folder: $0, model: loaded) }
        let interruption = Interruption()
        var bar = ProgressBar(messages)
        defer { bar.clear() }
        let result = try sweep.run { event in
            switch event {
            case .progress(let stage, let fraction): bar.show(stage, fraction)
            case .network(let graph, let group, let sparsity, let rule):
                try store?.save(graph, group: group, sparsity: sparsity, rule: rule, options: sweep.options)
            }
            return !interruption.isRequested
        }
        bar.clear()
        let report = try SweepReport(
            result, model: loaded, images: images, trainingImages: trainingImages, data: data.data,
            options: sweep.options, device: device)
        try plot?.write(
            SweepPicture(result, model: loaded.architecture, dataset: images.name).svg())
        if json || csv {
            try StandardOutput.write(json ? JSONText.encode(report) : report.csv)
        } else {
            try messages.write(report: report.text, wroteFile: plot != nil || saveModels != nil)
        }
        if !result.isComplete { throw ExitCode(ExitStatus.interrupted) }
    }
}

extension BatchNormFolding: SummarisedChoice {}
