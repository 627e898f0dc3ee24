import ArgumentParser
import Foundation
import IntraFusion

/// Does again what a stored plan says.
struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Compress a network as a stored plan says, and write the result.")

    @Argument(help: "The plan, as prune wrote it.")
    var plan: String

    @OptionGroup var model: ModelOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Where the network is written, as ONNX or safetensors by its ending; it may be the file that is read.",
            valueName: "file"))
    var output: OutputFile?

    @Flag(help: "Write nothing and print what would be done; with --json the whole plan.")
    var dryRun = false

    @Flag(help: "Accept other weights than those for which the plan was made.")
    var otherWeights = false

    @Option(
        help: ArgumentHelp(
            "The folder or file with the inputs that the plan was made with, where it was with calibration on real ones.",
            valueName: "folder|file"))
    var calibrate: String?

    @OptionGroup(title: "Images") var imageForm: ImageFormArguments
    @OptionGroup(title: "Accuracy") var evaluation: EvaluationArguments

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var engine: EngineOptions

    func validate() throws {
        guard output != nil || dryRun else {
            throw ValidationError("say where to write the network by --output, or look first by --dry-run")
        }
    }

    func run() throws {
        if !dryRun { try output?.requireWritable() }
        let device = try engine.prepare()
        let stored = try PlanFile.read(plan)
        guard !stored.rounds.allSatisfy(\.steps.isEmpty) else {
            throw ValidationError("the plan \(plan) does nothing")
        }
        try requireInputs(of: stored)
        let loaded = try model.load(fitting: calibrate)
        guard stored.source.architecture == loaded.architecture else {
            throw ValidationError(
                "the plan is for \(stored.source.architecture), the network is \(loaded.architecture)")
        }
        guard otherWeights || loaded.checksum == stored.source.checksum else {
            throw ValidationError(
                "the plan is for \(stored.source.file) with checksum \(stored.source.checksum), but \(loaded.path) has \(loaded.checksum); --other-weights applies it all the same"
            )
        }
        let images = try evaluation.images(fitting: loaded.graph, form: imageForm.form())
        let calibrationImages = try calibrate.map {
            try CalibrationInputFiles.open(
                $0, for: loaded.graph, form: stored.options.calibration?.form() ?? .unknown)
        }
        let result: PruningResult
        do {
            result = try stored.result(on: loaded.graph, calibrationImages: calibrationImages)
        } catch let error where error is CalibrationError || error is DatasetError {
            // What is wrong are the inputs, not the plan.
            throw error
        } catch {
            throw ValidationError("the plan does not fit \(loaded.path): \(error)")
        }
        try NetworkCheck.verify(result.graph, madeOf: result.dense, device: device)
        let accuracy = try images.map {
            try evaluation.accuracies(
                on: $0, before: result.dense, after: result.graph, of: loaded, device: device)
        }
        let judgement = try stored.fidelity(
            of: result, on: loaded.graph, calibrationImages: calibrationImages,
            samplesAtOnce: loaded.batchSize, device: device)
        if !dryRun, let output {
            try CompressedNetworkFile.write(result.graph, made: stored, from: loaded, to: output)
        }
        let source = PruningPlan.Source(
            architecture: loaded.architecture, file: loaded.path, checksum: loaded.checksum)
        let report = try PruneReport(
            result, of: loaded, source: source, plan: dryRun ? stored : nil, accuracy: accuracy,
            output: dryRun ? nil : output?.path, appliedPlan: plan, judgement: judgement, device: device)
        try StandardOutput.write(json ? JSONText.encode(report) : report.text)
    }

    /// Checks that inputs are named exactly where the plan was made with such.
    private func requireInputs(of stored: PruningPlan) throws {
        let source = stored.options.calibration?.source
        if let calibrate, source != .images {
            let origin = source.map { "with \($0.rawValue) inputs" } ?? "without calibration"
            throw ValidationError(
                "the plan \(plan) was made \(origin) and needs none: leave out --calibrate \(calibrate)")
        }
        if calibrate == nil, source == .images {
            throw ValidationError(
                "the plan \(plan) was made with calibration on given inputs: name their folder or file by --calibrate"
            )
        }
    }
}
