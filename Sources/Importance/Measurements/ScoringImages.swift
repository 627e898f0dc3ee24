public import Datasets
public import Graph
public import Torch

/// The labelled images that criteria use: the first ones of a data set, in order, in batches of equal size.
public struct ScoringImages: Sendable {
    /// The data set.
    public let images: ImageDataset
    /// The number of batches.
    public let batches: Int
    /// The number of images in each batch.
    public let batchSize: Int
    /// How many images the network takes at a time; nil is any number.
    public let samplesAtOnce: Int?
    /// Where the network runs.
    public let device: Device

    /// Chooses images; the defaults are the paper's.
    ///
    /// - Throws: `ImportanceError` for counts below 1, more images than the data set has, or batches that the
    ///   network cannot take.
    public init(
        _ images: ImageDataset, batches: Int = 5, batchSize: Int = 128, samplesAtOnce: Int? = nil,
        device: Device = .cpu
    ) throws {
        try Self.check(batches: batches, batchSize: batchSize)
        if let samplesAtOnce, samplesAtOnce < 1 || batchSize % samplesAtOnce != 0 {
            throw ImportanceError(
                "the network takes \(samplesAtOnce) images at a time, and \(batchSize) is not a multiple of that; choose another --criterion-batch-size"
            )
        }
        let (count, overflow) = batches.multipliedReportingOverflow(by: batchSize)
        guard !overflow, count <= images.count else {
            throw ImportanceError(
                "\(batches) batches of \(batchSize) need more images than the \(images.count) in the \(images.split.rawValue) part of \(images.name); reduce --batches or --criterion-batch-size"
            )
        }
        self.images = images
        self.batches = batches
        self.batchSize = batchSize
        self.samplesAtOnce = samplesAtOnce
        self.device = device
    }

    /// Checks the requested number of images.
    ///
    /// - Throws: `ImportanceError` for counts below 1.
    static func check(batches: Int, batchSize: Int) throws {
        guard batches >= 1 else {
            throw ImportanceError("the number of batches must be at least 1, got \(batches)")
        }
        guard batchSize >= 1 else {
            throw ImportanceError("the batch size of a criterion must be at least 1, got \(batchSize)")
        }
    }

    /// The number of images.
    public var count: Int { batches * batchSize }

    /// How many images run at a time: a batch, or part of one if the network takes no more.
    var runSize: Int { samplesAtOnce ?? batchSize }

    /// Passes all images to a body: images `[b, channels, height, width]` and labels `[b]`, on the device.
    ///
    /// - Parameters:
    ///   - graph: The network that receives them.
    ///   - size: How many images come at a time; nil is `runSize`.
    /// - Throws: `DatasetError` if the images do not fit the network.
    public func forEachBatch(
        for graph: Graph, size: Int? = nil, _ body: (_ images: Tensor, _ labels: Tensor) throws -> Void
    ) throws {
        try images.requireFit(to: graph)
        let size = size ?? runSize
        for start in stride(from: 0, to: count, by: size) {
            let batch = try images.batch(start..<min(start + size, count))
            try body(batch.images.moved(to: device), batch.labels.moved(to: device))
        }
    }
}
