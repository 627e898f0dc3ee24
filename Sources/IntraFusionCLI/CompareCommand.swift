import ArgumentParser
import Foundation
import IntraFusion

/// Compares two networks.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract:
            "Compare two networks: parameters, multiply-accumulates, file size, latency, outputs, and with --data accuracy."
    )

    @Argument(
        help: ArgumentHelp("The network to compare with: an ONNX model or weights.", valueName: "model"),
        completion: .file())
    var first: String

    @Argument(help: ArgumentHelp("The other network.", valueName: "other"), completion: .file())
    var second: String

    @OptionGroup var architecture: ArchitectureOptions
    @OptionGroup var inputShapes: InputShapeOptions

    @Option(
        help: ArgumentHelp("The folder with a data set, for accuracies.", valueName: "folder"),
        completion: .directory)
    var data: String?

    @Option(
        help: ArgumentHelp(
            "The data set: auto finds it in the folder.",
            discussion: "One of \(DatasetRegistry.names.joined(separator: ", ")).", valueName: "name"),
        completion: .list(DatasetRegistry.names))
    var dataset = "auto"

    @OptionGroup var imageForm: ImageFormArguments
    @OptionGroup var sampling: SamplingOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many runs to time; the latency is their median.", valueName: "count"))
    var runs = 15

    @OptionGroup var runtimeOptions: RuntimeOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The seed of the random input used to compare outputs.", valueName: "seed"))
    var seed: UInt64 = 0

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var engine: EngineOptions
    @OptionGroup var messages: MessageOptions

    func validate() throws {
        guard runs >= 1 else { throw ValidationError("--runs must be at least 1, got \(runs)") }
    }

    func run() throws {
        let device = try engine.prepare(messages)
        let shapes = try inputShapes.table()
        let networks = try [first, second].map {
            try NetworkFile(
                $0, architecture: architecture.modelName,
                inputShapes: NetworkFile.isONNX(URL(fileURLWithPath: $0)) ? shapes : [:])
        }
        let graphs = networks.map(\.graph)
        let distance = try OutputDistance(graphs[0], graphs[1], seed: seed, device: device)
        let subjects = try networks.map {
            (graph: $0.graph, runtime: try runtimeOptions.runtime(for: $0, device: device))
        }
        var bar = ProgressBar(messages)
        defer { bar.clear() }
        let comparison = try RuntimeComparison(
            subjects[0], subjects[1], else: runtimeOptions.fallback(device: device),
            options: LatencyMeter.Options(repetitions: runs, seconds: 0), device: device
        ) { bar.show("measuring latency", $0) }
        if comparison.times == nil, let checks = comparison.checks {
            let refusals = [checks.base, checks.other].compactMap(\.refusal)
            throw ValidationError(refusals.joined(separator: "; "))
        }
        var accuracies: [Accuracy?] = [nil, nil]
        var name: String?
        if let data {
            let images = try DatasetRegistry.load(
                name: dataset, folder: URL(fileURLWithPath: data, isDirectory: true), split: .test,
                form: imageForm.form().fitting(graphs[0]))
            name = images.name
            accuracies = try networks.map { network in
                try sampling.accuracy(of: network, on: images, device: device) {
                    bar.show("evaluating \(network.path)", $0)
                }
            }
        }
        bar.clear()
        let report = CompareReport(
            networks, comparison: comparison, accuracies: accuracies, distance: distance, dataset: name,
            seed: seed)
        try json
            ? StandardOutput.write(JSONText.encode(report))
            : messages.write(report: report.text, wroteFile: false)
    }
}
