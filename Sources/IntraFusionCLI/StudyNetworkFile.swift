import ArgumentParser
import Foundation
import IntraFusion

/// A network of a study, checked except for its files.
struct StudyNetworkFile {
    private let network: StudyConfiguration.Network
    private let study: StudyConfiguration

    /// Checks that the files exist.
    ///
    /// - Throws: `ValidationError` naming the file that is not.
    init(_ network: StudyConfiguration.Network, _ study: StudyConfiguration) throws {
        self.network = network
        self.study = study
        for path in [network.file, network.data] where !FileManager.default.fileExists(atPath: path) {
            throw ValidationError("\(network.name): there is no \(path)")
        }
    }

    /// Reads the network and the images.
    ///
    /// - Parameter runtime: What measures how long results take; nil if that is not to be measured.
    func subject(_ runtime: RuntimeChoice?, device: Device) throws -> StudySubject {
        let loaded = try NetworkFile(network.file, architecture: network.model)
        var data = DataOptions()
        data.data = network.data
        data.dataset = network.dataset ?? DatasetRegistry.automatic
        let test = try DatasetRegistry.load(
            name: data.dataset, folder: URL(fileURLWithPath: data.data, isDirectory: true), split: .test)
        var training: ImageDataset?
        var calibration: [String: any CalibrationInputs] = [:]
        let methods = try study.methods.map { method in
            var settings = method.settings
            if settings.calibrate == StudyMethod.ownImages { settings.calibrate = network.data }
            let place = settings.calibrate ?? ""
            let inputs = try calibration[place] ?? CalibrationImages.open(settings, for: loaded.graph)
            calibration[place] = inputs
            let options = try settings.options(
                for: loaded.graph, calibrationImages: inputs, samplesAtOnce: loaded.batchSize)
            training =
                try training
                ?? ImportanceArguments.trainingImages(
                    data, criterion: options.criterion, form: settings.form().fitting(loaded.graph))
            return StudySubject.Method(name: method.name, options: options, calibrationImages: inputs)
        }
        let count = min(study.samples ?? test.count, test.count)
        var subject = try StudySubject(
            name: network.name, architecture: loaded.architecture, file: network.file,
            checksum: loaded.checksum, graph: loaded.graph, testImages: test, trainingImages: training,
            methods: methods, samplesAtOnce: loaded.batchSize,
            batchSize: SamplingOptions.batchSize(study.batchSize, for: loaded, of: count))
        if let runtime {
            subject.runtimes = try [runtime.runtime(device: device) { try loaded.encoded($0) }]
            if runtime == .automatic { subject.runtimes.append(LibtorchRuntime(device: device)) }
        }
        return subject
    }
}
