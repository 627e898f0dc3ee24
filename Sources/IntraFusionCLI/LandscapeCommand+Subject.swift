import ArgumentParser
import Foundation
import IntraFusion

extension LandscapeCommand {
    /// What is measured, and the record of which nothing is yet.
    struct Subject {
        let landscape: LossLandscape
        let record: LandscapeRecord
    }

    /// The plane through a network and two pruned forms of it.
    func plane(_ device: Device) throws -> Subject {
        guard let group, let sparsity else { throw ValidationError("--group and --sparsity are missing") }
        let names = rules.flatMap { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
        let options = LandscapeOptions(
            group: group, sparsity: try Sparsity(sparsity),
            rules: names.isEmpty ? LandscapeOptions.defaultRules : names, gridSize: grid, margin: margin,
            scoring: try importance.scoring(folding, transport))
        let loaded = try model.load(messages)
        let form = try imageForm.form().fitting(loaded.graph)
        let images = try images(form)
        let training = try ImportanceArguments.trainingImages(
            data, criterion: importance.criterion, form: form)
        let landscape = try LossLandscape(
            of: loaded.graph, on: images, trainingImages: training, options: options, samples: samples,
            batchSize: batch(for: loaded, images), samplesAtOnce: loaded.batchSize, device: device)
        return Subject(
            landscape: landscape,
            record: record([loaded], images, training, options, landscape, device))
    }

    /// The line between two networks.
    func line(_ device: Device) throws -> Subject {
        let networks = try between.map { path in
            try NetworkFile(
                path, architecture: model.modelName,
                inputShapes: NetworkFile.isONNX(URL(fileURLWithPath: path)) ? model.inputShapes.table() : [:])
        }
        let images = try images(imageForm.form().fitting(networks[0].graph))
        let landscape = try LossLandscape(
            between: networks[0].graph, and: networks[1].graph, names: lineNames, on: images,
            count: grid, samples: samples, batchSize: batch(for: networks[0], images), device: device)
        return Subject(
            landscape: landscape, record: record(networks, images, nil, nil, landscape, device))
    }

    /// What the two networks are called: their files' names where these tell them apart.
    private var lineNames: (String, String) {
        let names = between.map { URL(fileURLWithPath: $0).lastPathComponent }
        return names[0] == names[1] ? (between[0], between[1]) : (names[0], names[1])
    }

    private func images(_ form: ImageForm) throws -> ImageDataset {
        try DatasetRegistry.load(
            name: data.dataset, folder: URL(fileURLWithPath: data.data, isDirectory: true), split: .test,
            form: form)
    }

    private func batch(for network: NetworkFile, _ images: ImageDataset) throws -> Int {
        try SamplingOptions.batchSize(batchSize, for: network, of: min(samples, images.count))
    }

    private func record(
        _ networks: [NetworkFile], _ images: ImageDataset, _ training: ImageDataset?,
        _ options: LandscapeOptions?, _ landscape: LossLandscape, _ device: Device
    ) -> LandscapeRecord {
        LandscapeRecord(
            environment: StudyResult.Environment(libtorch: Runtime.version, device: "\(device)"),
            networks: networks.map {
                LandscapeRecord.Source(architecture: $0.architecture, file: $0.path, checksum: $0.checksum)
            },
            images: LandscapeRecord.Images(
                name: images.name, checksum: images.checksum, trainingChecksum: training?.checksum),
            options: options, result: landscape.blank)
    }
}
