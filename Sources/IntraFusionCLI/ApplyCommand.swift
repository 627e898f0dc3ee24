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
    var output: OutputFile

    @Flag(help: "Accept other weights than those for which the plan was made.")
    var otherWeights = false

    @Option(
        help: ArgumentHelp(
            "The folder with the images that the plan was made with, where it was with calibration on images.",
            valueName: "folder"))
    var calibrate: String?

    @OptionGroup(title: "Accuracy") var evaluation: EvaluationArguments

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var engine: EngineOptions

    /// What `apply` prints.
    private struct Report: Encodable {
        let plan: String
        let model: String
        let checkpoint: String
        let checkpointChecksum: String
        let before: NetworkCost
        let after: NetworkCost
        let accuracy: EvaluationArguments.Accuracies?
        let output: String
        let version: String
    }

    func run() throws {
        try output.requireWritable()
        let device = try engine.prepare()
        let stored = try PlanFile.read(plan)
        guard !stored.rounds.allSatisfy(\.steps.isEmpty) else {
            throw ValidationError("the plan \(plan) does nothing")
        }
        let loaded = try model.load()
        guard stored.source.architecture == loaded.architecture else {
            throw ValidationError(
                "the plan is for \(stored.source.architecture), the network is \(loaded.architecture)")
        }
        guard otherWeights || loaded.checksum == stored.source.checksum else {
            throw ValidationError(
                "the plan is for \(stored.source.file) with checksum \(stored.source.checksum), but \(loaded.path) has \(loaded.checksum); --other-weights applies it all the same"
            )
        }
        let images = try evaluation.images(fitting: loaded.graph)
        let calibrationImages = try calibrate.map {
            try DatasetRegistry.load(
                name: DatasetRegistry.automatic, folder: URL(fileURLWithPath: $0, isDirectory: true),
                split: .train)
        }
        let dense = try stored.options.folding.folded(loaded.graph)
        let result: Graph
        do {
            result = try stored.applied(to: loaded.graph, calibrationImages: calibrationImages)
        } catch {
            throw ValidationError("the plan does not fit \(loaded.path): \(error)")
        }
        try NetworkCheck.verify(result, device: device)
        let accuracy = try images.map {
            try evaluation.accuracies(on: $0, before: dense, after: result, device: device)
        }
        try CompressedNetworkFile.write(result, made: stored, from: loaded, to: output)
        let report = Report(
            plan: plan, model: loaded.architecture, checkpoint: loaded.path,
            checkpointChecksum: loaded.checksum,
            before: NetworkCost(of: dense), after: NetworkCost(of: result), accuracy: accuracy,
            output: output.path, version: IntraFusionCommand.configuration.version)
        try StandardOutput.write(json ? JSONText.encode(report) : text(report))
    }

    private func text(_ report: Report) -> String {
        """
        \(report.model) from \(report.checkpoint) by \(report.plan)

        \(PruneReport.costs(report.before, report.after, report.accuracy))

        written to \(report.output)
        """
    }
}
