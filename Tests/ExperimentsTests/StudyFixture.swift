import Compression
import Datasets
import Experiments
import Foundation
import Graph
import NetworkSupport
import Pruning
import TestSupport
import Torch

/// A small study of a bundled network.
enum StudyFixture {
    static let samples = 100

    /// Reads a study with one network, named "digits"; parts that are not given are as small as can be.
    static func configuration(
        sparsities: String = "[0.5]", methods: String, scopes: String = "[\"whole\"]", seeds: String = "[0]"
    ) throws -> StudyConfiguration {
        let text = """
            {"format": "intrafusion-study", "format_version": 1, "name": "test", "samples": \(samples),
             "networks": [{"name": "digits", "file": "f", "model": "vgg11_bn", "data": "d"}],
             "sparsities": \(sparsities), "methods": \(methods), "scopes": \(scopes), "seeds": \(seeds)}
            """
        return try StudyConfiguration(decoding: Data(text.utf8))
    }

    static func digits(_ split: DatasetSplit) throws -> ImageDataset {
        try Digits().load(from: SharedFiles.packageFolder.appendingPathComponent("data"), split: split)
    }

    /// The bundled VGG11 with methods; options are what a front end made of the study's.
    static func subject(_ methods: [(name: String, options: PruningOptions)]) throws -> StudySubject {
        let train = try digits(.train)
        return try StudySubject(
            name: "digits", architecture: "vgg11_bn", file: "f", checksum: "0",
            graph: BundledNetwork.digits("vgg11_bn"), testImages: digits(.test), trainingImages: nil,
            methods: methods.map {
                StudySubject.Method(name: $0.name, options: $0.options, calibrationImages: train)
            }, batchSize: 250)
    }

    /// Runs a study to its end.
    static func run(
        _ configuration: StudyConfiguration, _ subject: StudySubject, known: StudyResult.Network? = nil
    ) throws -> (result: StudyResult.Network, results: Int) {
        var last: StudyResult.Network?
        var count = 0
        let isComplete = try Study(configuration).run(subject, known: known) { event in
            if case .result(let network) = event {
                last = network
                count += 1
            }
            return true
        }
        guard isComplete, let last else { throw StudyError("the study is not complete") }
        return (last, count)
    }
}
