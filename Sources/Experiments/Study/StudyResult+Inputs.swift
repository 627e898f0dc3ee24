internal import Compression
internal import Datasets
internal import Evaluation
internal import Graph

extension StudyResult.Network {
    /// Starts the result of a network.
    init(_ subject: StudySubject, samples: Int, groupWidths: [Int], cost: NetworkCost) {
        self.init(
            name: subject.name, architecture: subject.architecture, file: subject.file,
            checksum: subject.checksum, dataset: subject.testImages.name,
            dataChecksum: subject.testImages.checksum,
            trainingDataChecksum: subject.trainingImages?.checksum, samples: samples,
            availableSamples: subject.testImages.count, groupWidths: groupWidths, cost: cost,
            methods: subject.methods.map { StudyResult.Method(name: $0.name, options: $0.options) },
            dense: nil, cells: [], summaries: [])
    }

    /// Whether another result is for the same network on the same images.
    func hasInputs(of other: StudyResult.Network) -> Bool {
        checksum == other.checksum && architecture == other.architecture
            && dataChecksum == other.dataChecksum
            // If one of them used no training images, no cell that both have did.
            && (trainingDataChecksum ?? other.trainingDataChecksum)
                == (other.trainingDataChecksum ?? trainingDataChecksum)
            && samples == other.samples && groupWidths == other.groupWidths && cost == other.cost
    }
}

extension StudyCell {
    /// A cell without a result.
    init(failure: String, of place: Place) {
        self.init(
            place: place, accuracy: nil, parameters: nil, multiplyAccumulates: nil, seconds: nil,
            latency: nil, failure: failure)
    }
}
