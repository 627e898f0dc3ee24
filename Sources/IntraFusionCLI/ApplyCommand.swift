import ArgumentParser
import Foundation
import IntraFusion

/// Repeats a stored plan.
struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Repeat a stored plan on a network and write the result.")

    @Argument(help: "The plan that prune wrote.", completion: .file())
    var plan: String

    @OptionGroup var model: ModelOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Where to write the network, as ONNX or safetensors depending on the extension; may be the input file.",
            valueName: "file"))
    var output: OutputFile?

    @Flag(help: "Print what would be done and write nothing; with --json the whole plan.")
    var dryRun = false

    @Flag(help: "Accept weights other than those the plan was made for.")
    var otherWeights = false

    @Option(
        help: ArgumentHelp(
            "The folder or file with the inputs the plan was calibrated on, if it was calibrated on given inputs.",
            valueName: "folder|file"), completion: .file())
    var calibrate: String?

    @OptionGroup(title: "Images") var imageForm: ImageFormArguments
    @OptionGroup(title: "Accuracy") var evaluation: EvaluationArguments

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var engine: EngineOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard output != nil || dryRun else {
            throw ValidationError("missing --output: say where to write the network, or use --dry-run")
        }
    }

    func run() throws {
        if !dryRun { try output?.requireWritable() }
        let device = try engine.prepare(messages)
        let stored = try PlanFile.read(plan)
        guard !stored.rounds.allSatisfy(\.steps.isEmpty) else {
            throw ValidationError("the plan \(plan) has no steps")
        }
        try requireInputs(of: stored)
        let loaded = try model.load(fitting: calibrate, messages)
        guard stored.source.architecture == loaded.architecture else {
            throw ValidationError(
                "the plan was made for \(stored.source.architecture), but the network is \(loaded.architecture)"
            )
        }
        guard otherWeights || loaded.checksum == stored.source.checksum else {
            throw ValidationError(
                "the plan was made for \(stored.source.file) with checksum \(stored.source.checksum), but \(loaded.path) has \(loaded.checksum); use --other-weights to apply it anyway"
            )
        }
        let images = try evaluation.images(fitting: loaded.graph, form: imageForm.form())
        let calibrationImages = try calibrate.map {
            try CalibrationInputFiles.open(
                $0, for: loaded.graph, form: stored.options.calibration?.form() ?? .unknown)
        }
        var bar = ProgressBar(messages)
        defer { bar.clear() }
        let result: PruningResult
        do {
            result = try stored.result(on: loaded.graph, calibrationImages: calibrationImages) {
                bar.show($0, $1)
            }
        } catch let error where error is CalibrationError || error is DatasetError {
            // What is wrong are the inputs, not the plan.
            throw error
        } catch {
            throw ValidationError("the plan does not fit \(loaded.path): \(error)")
        }
        try NetworkCheck.verify(result.graph, madeOf: result.dense, device: device)
        let accuracy = try images.map {
            try evaluation.accuracies(
                on: $0, before: result.dense, after: result.graph, of: loaded, device: device
            ) { bar.show("measuring accuracy", $0) }
        }
        bar.show("comparing", 0)
        let comparison = try stored.comparison(
            of: result, on: loaded.graph, most: PruneCommand.mostChanges,
            calibrationImages: calibrationImages,
            samplesAtOnce: loaded.batchSize, device: device)
        bar.clear()
        // The output may take the place of the input.
        var files = try FileRecord.list(.input, loaded) + [FileRecord(.plan, plan)]
        if !dryRun, let output {
            files += try CompressedNetworkFile.write(result.graph, made: stored, from: loaded, to: output)
                .map { try FileRecord(.output, $0.path) }
        }
        let source = PruningPlan.Source(
            architecture: loaded.architecture, file: loaded.path, checksum: loaded.checksum)
        let report = try PruneReport(
            result, of: loaded, source: source, plan: dryRun ? stored : nil, accuracy: accuracy,
            output: dryRun ? nil : output?.path, appliedPlan: plan, comparison: comparison, files: files,
            device: device)
        try json
            ? StandardOutput.write(JSONText.encode(report))
            : messages.write(report: report.text, wroteFile: !dryRun && output != nil)
    }

    /// Checks that inputs are given if, and only if, the plan was made with given ones.
    private func requireInputs(of stored: PruningPlan) throws {
        let source = stored.options.calibration?.source
        if let calibrate, source != .images {
            let origin = source.map { "with \($0.rawValue) inputs" } ?? "without calibration"
            throw ValidationError(
                "the plan \(plan) was made \(origin), so it needs no --calibrate \(calibrate)")
        }
        if calibrate == nil, source == .images {
            throw ValidationError(
                "the plan \(plan) was calibrated on given inputs: name their folder or file with --calibrate"
            )
        }
    }
}
