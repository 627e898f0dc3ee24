public import Compression
public import Datasets
internal import Foundation
public import Graph
internal import Moments
internal import Torch

/// Which inputs the layers of a compressed network are fitted on.
public struct CalibrationRequest: Sendable, Hashable, Codable {
    /// Where they come from.
    public var source: Calibration.Source
    /// How many there are.
    public var images: Int
    /// The seed of made-up images, and of the choice of positions.
    public var seed: UInt64
    /// The checksum of the images; nil where they are made up.
    public var checksum: String?
    /// How layers are fitted.
    public var reconstruction: ReconstructionOptions

    /// How many inputs run at a time.
    private static let batchSize = 32

    /// Asks for inputs.
    ///
    /// - Throws: `PruningError` for a number below 2.
    public init(source: Calibration.Source, images: Int = 256, seed: UInt64 = 0, checksum: String? = nil)
        throws
    {
        guard images >= 2 else { throw PruningError("calibration needs at least 2 images, got \(images)") }
        self.source = source
        self.images = images
        self.seed = seed
        self.checksum = checksum
        reconstruction = ReconstructionOptions(seed: seed)
    }

    /// Gathers the inputs for a network.
    ///
    /// - Parameters:
    ///   - graph: The network as it was trained.
    ///   - folded: The network with its batch-norms folded.
    ///   - images: The images, for a request of real ones; their labels are not looked at.
    /// - Throws: `PruningError` where they are missing, too few or others than asked for, or the network does not take images.
    func calibration(for graph: Graph, folded: Graph, images dataset: ImageDataset?) throws -> Calibration {
        switch source {
        case .images:
            guard let dataset else { throw PruningError("calibration on images needs their folder") }
            try dataset.requireFit(to: graph)
            guard dataset.count >= images else {
                throw PruningError(
                    "calibration asks for \(images) images, \(dataset.name) has \(dataset.count)")
            }
            if let checksum, checksum != dataset.checksum {
                throw PruningError(
                    "calibration was on images with checksum \(checksum), these have \(dataset.checksum)")
            }
            var batches = try starts.map { [try dataset.batch($0..<min($0 + Self.batchSize, images)).images] }
            // What may be mirrored in training says twice as much.
            if dataset.augmentation.flips { batches += try batches.map { [try $0[0].flipped(axes: [3])] } }
            return Calibration(images: batches)
        case .synthetic:
            let moments = try NetworkMoments(batchNormsOf: graph, foldedInto: folded)
            guard let input = folded.inputs.first, folded.inputs.count == 1,
                folded[input].type.shape.count == 4
            else { throw PruningError("synthetic calibration needs a network with one input of images") }
            let shape = folded[input].type.shape
            let size = try ImageSize(channels: shape[1], height: shape[2], width: shape[3])
            var maker = SyntheticImages(size: size, seed: seed)
            let all = try maker.images(images)
            return Calibration(
                synthetic: try starts.map {
                    [try all.sliced(axis: 0, $0..<min($0 + Self.batchSize, images))]
                },
                moments: moments)
        }
    }

    private var starts: [Int] { Array(stride(from: 0, to: images, by: Self.batchSize)) }
}
