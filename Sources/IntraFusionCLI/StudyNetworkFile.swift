import ArgumentParser
import Foundation
import IntraFusion

/// A network of a study, of which everything but the files is checked already.
struct StudyNetworkFile {
    private let network: StudyConfiguration.Network
    private let study: StudyConfiguration
    private let methods: [(name: String, command: PruneCommand)]

    /// The value of `calibrate` that stands for the images of the network's own data folder.
    private static let ownImages = "images"

    /// Reads the options of all methods and looks whether the files are there.
    ///
    /// - Throws: `ValidationError` naming the method or the file and what is wrong.
    init(_ network: StudyConfiguration.Network, _ study: StudyConfiguration) throws {
        self.network = network
        self.study = study
        for path in [network.file, network.data] where !FileManager.default.fileExists(atPath: path) {
            throw ValidationError("\(network.name): there is no \(path)")
        }
        methods = try study.methods.map { method in
            do {
                var command = try PruneCommand.parse(["--dry-run"] + method.arguments)
                if command.calibration.calibrate == Self.ownImages {
                    command.calibration.calibrate = network.data
                }
                return (method.name, command)
            } catch {
                throw ValidationError("the method \(method.name): \(PruneCommand.message(for: error))")
            }
        }
    }

    /// Reads the network and the images.
    func subject() throws -> StudySubject {
        let loaded = try NetworkFile(network.file, architecture: network.model ?? "")
        var data = DataOptions()
        data.data = network.data
        data.dataset = network.dataset ?? DatasetRegistry.automatic
        let test = try DatasetRegistry.load(
            name: data.dataset, folder: URL(fileURLWithPath: data.data, isDirectory: true), split: .test)
        var training: ImageDataset?
        var calibration: [String: any CalibrationInputs] = [:]
        let methods = try methods.map { name, command in
            let folder = command.calibration.calibrate
            let form = try command.imageForm.form()
            let inputs = try calibration[folder] ?? command.calibration.inputs(for: loaded.graph, form: form)
            calibration[folder] = inputs
            let options = try command.options(for: loaded, inputs, form)
            training =
                try training
                ?? command.importance.trainingImages(
                    data, criterion: options.importance, form: form.fitting(loaded.graph))
            return StudySubject.Method(name: name, options: options, calibrationImages: inputs)
        }
        let count = min(study.samples ?? test.count, test.count)
        return try StudySubject(
            name: network.name, architecture: loaded.architecture, file: network.file,
            checksum: loaded.checksum, graph: loaded.graph, testImages: test, trainingImages: training,
            methods: methods, samplesAtOnce: loaded.batchSize,
            batchSize: SamplingOptions.batchSize(study.batchSize, for: loaded, of: count))
    }
}
