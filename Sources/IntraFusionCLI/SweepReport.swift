import ArgumentParser
import Foundation
import IntraFusion

/// What `sweep` prints.
struct SweepReport: Codable {
    let model: String
    let checkpoint: String
    let checkpointChecksum: String
    let dataset: String
    let data: String
    let dataChecksum: String
    /// The checksum of the images that the criterion used.
    let trainingDataChecksum: String?
    let options: SweepOptions
    let seed: UInt64
    let device: String
    let threads: Int
    let libtorch: String
    let version: String
    let samples: Int
    let availableSamples: Int
    let denseAccuracy: Double?
    let complete: Bool
    let rows: [SweepResult.Row]
    /// The command line.
    let command: String
    /// The merge rules in the order of the columns.
    var rules: [String] { options.rules }
    /// The rows as the library describes them.
    var result: SweepResult {
        SweepResult(
            rules: rules, denseAccuracy: denseAccuracy, samples: samples, availableSamples: availableSamples,
            rows: rows, requestedRows: complete ? rows.count : rows.count + 1)
    }

    init(
        _ result: SweepResult, model: NetworkFile, images: ImageDataset, trainingImages: ImageDataset?,
        data: String, options: SweepOptions, device: Device
    ) throws {
        self.model = model.architecture
        checkpoint = model.path
        checkpointChecksum = model.checksum
        dataset = images.name
        dataChecksum = images.checksum
        trainingDataChecksum = trainingImages?.checksum
        self.data = data
        self.options = options
        seed = options.seed
        self.device = "\(device)"
        threads = Runtime.threadCount
        libtorch = Runtime.version
        version = ProductVersion.current
        samples = result.samples
        availableSamples = result.availableSamples
        denseAccuracy = result.denseAccuracy
        complete = result.isComplete
        command = ShellText.commandLine
        rows = result.rows
    }

    /// The report for people.
    var text: String {
        var table = TextTable(header: ["group", "sparsity", "channels", "kept"] + rules)
        for row in rows {
            table.add(
                ["\(row.group)", "\(row.sparsity)", "\(row.channels)", "\(row.kept)"]
                    + rules.map { row.accuracy[$0].map(Self.percent) ?? "" })
        }
        let limit =
            samples < availableSamples ? "the first \(samples) of \(availableSamples)" : "all \(samples)"
        let dense = denseAccuracy.map(Self.percent) ?? "not evaluated"
        let criterion =
            trainingDataChecksum == nil
            ? options.scoring.criterion
            : "\(options.scoring.criterion) (first \(options.batches * options.scoring.criterionBatchSize) training images)"
        let ending = complete ? "" : "\n\nInterrupted: only finished rows are shown."
        return """
            \(model) from \(checkpoint), \(criterion), \(limit) test images of \(dataset)
            dense accuracy: \(dense)

            \(table.text())\(ending)
            """
    }

    /// The rows as comma-separated values, accuracies as fractions.
    var csv: String {
        let header = (["group", "sparsity", "channels", "kept", "samples", "dense"] + rules).joined(
            separator: ",")
        let lines = rows.map { row in
            (["\(row.group)", "\(row.sparsity)", "\(row.channels)", "\(row.kept)"]
                + ["\(samples)", denseAccuracy.map { "\($0)" } ?? ""]
                + rules.map { row.accuracy[$0].map { "\($0)" } ?? "" }).joined(separator: ",")
        }
        return ([header] + lines).joined(separator: "\n")
    }

    static func percent(_ fraction: Double) -> String {
        String(format: "%.2f %%", fraction * 100)
    }
}
