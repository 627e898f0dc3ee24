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
        let device = try engine.prepare()
        let network = try model.load()
        let images = try sampling.images(data, form: imageForm.form().fitting(network.graph))
        let accuracy = try sampling.accuracy(of: network, on: images, device: device)
        let report = Report(
            model: network.architecture, file: network.path, checksum: network.checksum, dataset: images.name,
            dataChecksum: images.checksum, samples: accuracy.total, correct: accuracy.correct,
            accuracy: accuracy.fraction, libtorch: Runtime.version)
        let text = String(
            format: "%@ from %@: %.2f %% of %d test images of %@", report.model, report.file,
            report.accuracy * 100, report.samples, report.dataset)
        try StandardOutput.write(json ? JSONText.encode(report) : text)
    }
}
