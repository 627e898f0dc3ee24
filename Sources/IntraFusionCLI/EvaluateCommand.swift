import ArgumentParser
import Foundation
import IntraFusion

/// Measures a network's accuracy.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measure the accuracy of a network on labelled images.")

    @OptionGroup var model: ModelOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var imageForm: ImageFormArguments
    @OptionGroup var sampling: SamplingOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var engine: EngineOptions
    @OptionGroup var messages: MessageOptions

    /// What `evaluate` prints.
    private struct Report: Encodable {
        let model: String
        let file: String
        let checksum: String
        let dataset: String
        let dataChecksum: String
        let samples: Int
        let correct: Int
        let accuracy: Double
        let libtorch: String
    }

    func run() throws {
        let device = try engine.prepare(messages)
        let network = try model.load(messages)
        let images = try sampling.images(data, form: imageForm.form().fitting(network.graph))
        var bar = ProgressBar(messages)
        defer { bar.clear() }
        let accuracy = try sampling.accuracy(of: network, on: images, device: device) {
            bar.show("evaluating", $0)
        }
        bar.clear()
        let report = Report(
            model: network.architecture, file: network.path, checksum: network.checksum, dataset: images.name,
            dataChecksum: images.checksum, samples: accuracy.total, correct: accuracy.correct,
            accuracy: accuracy.fraction, libtorch: Runtime.version)
        let text = String(
            format: "%@ from %@: %.2f %% of %d test images of %@", report.model, report.file,
            report.accuracy * 100, report.samples, report.dataset)
        try json
            ? StandardOutput.write(JSONText.encode(report))
            : messages.write(report: text, wroteFile: false)
    }
}
