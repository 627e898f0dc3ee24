package import Analysis
internal import Compression
public import Datasets
public import Graph
package import Torch

/// The inputs on which a compressed network is fitted or repaired, and how.
public struct CalibrationRequest: Sendable, Hashable, Codable {
    /// What is done to the layers of a compressed network.
    public enum Method: String, Sendable, Codable, CaseIterable {
        /// Each layer becomes the least-squares solution for its original outputs.
        case leastSquares = "least_squares"
        /// Each channel gets back the mean and the deviation that it had before.
        case repair
    }

    /// Where the inputs come from.
    public var source: Calibration.Origin
    /// How the layers are changed.
    public var method: Method
    /// The number of inputs; nil is as many as the effort allows, or 256.
    public var images: Int?
    /// The seed of synthetic images, of the selection among real ones, and of the selection of positions.
    public var seed: UInt64 {
        didSet { reconstruction.seed = seed }
    }
    /// The checksum of the images; nil if they are synthetic.
    public var checksum: String?
    /// The number of samples that the network takes at a time; nil is any.
    public var fixedBatchSize: Int?
    /// The length to which the shorter side of image files is resized; nil is the one that covers the network's input.
    public var resizedSide: Int?
    /// How bytes become numbers; nil is as usual for the images.
    public var normalisation: Normalisation?
    /// The largest number of bytes of activations in memory.
    public var memory: Int
    /// The number of gradient steps that refine the fitted layers together, 0 for none; nil is as many as the effort
    /// allows, or none.
    public var refinementSteps: Int?
    /// How layers are fitted.
    public var reconstruction: ReconstructionOptions
    /// Whether the result has its folded batch-norms back, with the statistics of the inputs.
    public var keepsBatchNorms = false

    /// Makes a request.
    ///
    /// - Throws: `CalibrationError` for a number outside `allowedImages`.
    public init(
        source: Calibration.Origin, method: Method = .leastSquares, images: Int? = nil, seed: UInt64 = 0,
        checksum: String? = nil
    ) throws {
        if let images, !Self.allowedImages.contains(images) { throw Self.wrongNumber(images) }
        self.init(uncheckedSource: source, method: method, images: images, seed: seed, checksum: checksum)
    }

    /// Requests the inputs that suit the network, as many as the effort allows.
    public static let automatic = CalibrationRequest(
        uncheckedSource: .automatic, method: .leastSquares, images: nil, seed: 0, checksum: nil)

    private init(
        uncheckedSource source: Calibration.Origin, method: Method, images: Int?, seed: UInt64,
        checksum: String?
    ) {
        self.source = source
        self.method = method
        self.images = images
        self.seed = seed
        self.checksum = checksum
        memory = Calibration.defaultMemory
        refinementSteps = nil
        reconstruction = ReconstructionOptions(seed: seed)
    }

    /// The resolved number of inputs.
    package var samples: Int { images ?? Self.mostImages }

    /// The number of inputs if neither a number nor an effort is given: 256, or 128 inverted ones if the network is
    /// slow.
    public static func defaultImages(from source: Calibration.Origin, for graph: Graph) -> Int {
        guard source == .inverted else { return mostImages }
        return NetworkCost(of: graph).multiplyAccumulates <= inversionWork / mostImages
            ? mostImages : mostImages / 2
    }

    /// The default number of given inputs to use: if there are few, all but an eighth, which is held out for judging
    /// the result.
    ///
    /// - Parameters:
    ///   - inputs: The inputs.
    ///   - most: The largest number.
    /// - Throws: `CalibrationError` if there are too few to hold some out for judging a fit.
    public static func defaultImages(of inputs: any CalibrationInputs, atMost most: Int = mostImages) throws
        -> Int
    {
        guard inputs.count >= leastImages else {
            throw CalibrationError(
                "\(inputs.name) has \(inputs.count) samples, calibration needs at least \(leastImages); to use fewer, set their number"
            )
        }
        return min(inputs.count - min(inputs.count / 8, mostLeftAside), most)
    }

    /// With fewer inputs, too few would be held out; their number must be given explicitly.
    private static let leastImages = 8
    /// The most inputs that are held out for judging the result.
    private static let mostLeftAside = 64
    /// The most inputs that are used unless more are requested.
    public static let mostImages = 256
    /// The most multiply-accumulates of one pass over all inverted inputs.
    private static let inversionWork = 20_000_000_000
    /// The stage of the refinement: a report that throws `RefinementEnd` in it ends the work with the best state so
    /// far.
    public static let refinementStage = "refining layers"
    /// The allowed numbers of images.
    public static let allowedImages = 2...1_000_000
    /// The largest number of refinement steps.
    public static let mostRefinementSteps = 1_000_000
    /// The number of copies of each input in a refinement, if inputs may be varied.
    private static let copies = 8

    private enum CodingKeys: String, CodingKey {
        case source, method, images, seed, checksum, fixedBatchSize, resizedSide, normalisation, memory
        case reconstruction, refinementSteps, keepsBatchNorms
    }

    /// Reads a request; plans that name no method mean least squares.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        source = try values.decode(Calibration.Origin.self, forKey: .source)
        method = try values.decodeIfPresent(Method.self, forKey: .method) ?? .leastSquares
        images = try values.decodeIfPresent(Int.self, forKey: .images)
        seed = try values.decode(UInt64.self, forKey: .seed)
        checksum = try values.decodeIfPresent(String.self, forKey: .checksum)
        fixedBatchSize = try values.decodeIfPresent(Int.self, forKey: .fixedBatchSize)
        resizedSide = try values.decodeIfPresent(Int.self, forKey: .resizedSide)
        normalisation = try values.decodeIfPresent(Normalisation.self, forKey: .normalisation)
        memory = try values.decodeIfPresent(Int.self, forKey: .memory) ?? Calibration.defaultMemory
        refinementSteps = try values.decodeIfPresent(Int.self, forKey: .refinementSteps)
        reconstruction = try values.decode(ReconstructionOptions.self, forKey: .reconstruction)
        keepsBatchNorms = try values.decodeIfPresent(Bool.self, forKey: .keepsBatchNorms) ?? false
        if let refinementSteps, !(0...Self.mostRefinementSteps).contains(refinementSteps) {
            throw CalibrationError("the plan asks for \(refinementSteps) steps of refinement")
        }
        if let images, !Self.allowedImages.contains(images) { throw Self.wrongNumber(images) }
        guard memory >= 0, fixedBatchSize ?? 1 >= 1 else {
            throw CalibrationError(
                "the plan asks for calibration on \(fixedBatchSize ?? 1) images at a time, in \(memory) bytes"
            )
        }
    }

    private static func wrongNumber(_ images: Int) -> CalibrationError {
        CalibrationError(
            "calibration takes \(allowedImages.lowerBound) to \(allowedImages.upperBound) images, got \(images)"
        )
    }

    /// The form in which image files must be read again.
    public func form() throws -> ImageForm {
        try ImageForm(resizedSide: resizedSide, normalisation: normalisation)
    }

    /// Collects the inputs for a network.
    ///
    /// - Parameters:
    ///   - network: The network, batch-norms folded.
    ///   - images: The inputs, if real ones are requested.
    ///   - report: Called with the stage and the share of it that is done.
    /// - Throws: `CalibrationError` if they are missing, too many, too few, all equal or not the requested ones, or if
    ///   none can be generated for the network.
    package func calibration(
        for network: AnalysedNetwork, images inputs: (any CalibrationInputs)?,
        report: (String, Double) throws -> Void = { _, _ in }
    ) throws -> Calibration {
        let images = samples
        guard Self.allowedImages.contains(images) else { throw Self.wrongNumber(images) }
        let folded = network.graph
        let batches = try CalibrationBatches(images, for: folded, fixedSize: fixedBatchSize)
        switch source {
        case .automatic:
            throw CalibrationError("it was not decided which inputs suit \(folded.name)")
        case .images:
            guard let inputs else {
                throw CalibrationError("calibration on images needs them: name their folder or file")
            }
            return try calibration(on: inputs, batches, for: network)
        case .photographs:
            return try calibration(on: photographs(for: network, .fitting, images), batches, for: network)
        case .synthetic:
            let moments = try network.moments()
            let maker = try SyntheticInputs(for: folded, batches: batches, seed: seed)
            return Calibration(synthetic: batches.count, moments: moments, memory: memory) {
                try maker.batch($0)
            }
        case .inverted:
            let inputs = try InvertedInputs(
                for: folded, moments: network.moments(), batches: batches, seed: seed, report: report)
            return Calibration(inverted: inputs.batches, distinct: batches.count, memory: memory)
        }
    }

    /// Selects samples of existing inputs.
    private func calibration(
        on inputs: any CalibrationInputs, _ batches: CalibrationBatches, for network: AnalysedNetwork
    ) throws -> Calibration {
        try inputs.requireInputFit(to: network.original)
        let images = samples
        guard inputs.count >= images else {
            throw CalibrationError(
                "calibration asks for \(images) images, \(inputs.name) has \(inputs.count)")
        }
        if let checksum {
            let found = try inputs.contentChecksum()
            guard found == checksum else {
                throw CalibrationError(
                    "calibration was on images with checksum \(checksum), these have \(found)")
            }
        }
        var generator = SplitMixGenerator(seed: seed)
        let chosen = generator.sample(images, of: inputs.count)
        try Self.requireVariety(of: inputs, (0..<batches.count).lazy.map { chosen[batches[$0]] })
        let mirrors = try MirrorCheck.passes(
            network.graph, inputs, batches: (0..<batches.count).lazy.map { Array(chosen[batches[$0]]) })
        return calibration(mirrors ? Self.mirrored(inputs) : inputs, chosen, batches)
    }

    private static func mirrored(_ inputs: some CalibrationInputs) -> any CalibrationInputs {
        MirroredPictures(inputs)
    }

    /// Draws batches of the chosen samples.
    private func calibration(
        _ inputs: any CalibrationInputs, _ chosen: [Int], _ batches: CalibrationBatches
    ) -> Calibration {
        // Some variants give a fit more data; others help a refinement.
        let (seed, variants) = (seed, inputs.equivalentVariants)
        let copies = refinementSteps ?? 0 == 0 || !inputs.hasVariants ? variants : max(Self.copies, variants)
        return Calibration(
            images: variants * batches.count, origin: source, varied: copies * batches.count,
            distinct: batches.count, memory: memory
        ) { index in
            var generator = SplitMixGenerator(seed: seed.seed(for: "variation \(index)"))
            return try inputs.variant(
                index / batches.count, of: chosen[batches[index % batches.count]], using: &generator)
        }
    }

    /// Makes crops of photographs for a network, normalised as requested or as suits it.
    private func photographs(
        for network: AnalysedNetwork, _ purpose: Photographs.Purpose, _ count: Int
    ) throws -> ImageDataset {
        guard let size = Photographs.size(for: network.graph) else {
            throw CalibrationError(
                "\(network.graph.name) does not take images of one or three channels, so it cannot be calibrated on photographs"
            )
        }
        let chosen =
            try normalisation ?? PhotographNormalisation.found(for: network, samplesAtOnce: fixedBatchSize)
        return try Photographs.crops(count, size: size, for: purpose, normalisation: chosen, seed: seed)
    }

    /// Returns crops of photographs in batches.
    private func crops(
        _ count: Int, of network: AnalysedNetwork, for purpose: Photographs.Purpose
    ) throws -> [[Tensor]] {
        let batches = try CalibrationBatches(
            max(count, fixedBatchSize ?? 1), for: network.graph, fixedSize: fixedBatchSize)
        let crops = try photographs(for: network, purpose, batches.samples)
        return try (0..<batches.count).map { try crops.samples(batches[$0]) }
    }

    /// Inputs for the decisions before layers are fitted on all of them.
    package struct Division: Sendable {
        /// Those by which channels are selected.
        package let choosing: Calibration
        /// Those on which groups are measured; none is in `choosing`.
        package let measuring: [[Tensor]]
        /// Those on which the layers of competing networks are fitted.
        package let fitting: Calibration
        /// Those on which these networks are compared: none is in `fitting`, and none in `measuring` if there are
        /// enough.
        package let comparing: [[Tensor]]
    }

    /// Divides the inputs twice.
    ///
    /// - Parameters:
    ///   - calibration: The inputs of this request.
    ///   - share: The share of the samples used for measuring, and for comparing.
    ///   - network: The network, batch-norms folded.
    package func divided(
        _ calibration: Calibration, holding share: Double, for network: AnalysedNetwork
    ) throws -> Division {
        guard source == .photographs else {
            let (choosing, measuring) = try calibration.divided(holding: share)
            let (fitting, comparing) = try calibration.divided(holding: share, others: true)
            return Division(choosing: choosing, measuring: measuring, fitting: fitting, comparing: comparing)
        }
        func made(_ batches: [[Tensor]]) -> Calibration {
            Calibration(images: batches.count, origin: source, memory: memory) { batches[$0] }
        }
        let few = Int(Double(samples) * share)
        return Division(
            choosing: made(try crops(samples, of: network, for: .choosing)),
            measuring: try crops(few, of: network, for: .measuring),
            fitting: made(try crops(samples, of: network, for: .measuring)),
            comparing: try crops(few, of: network, for: .choosing))
    }

    /// Returns inputs that calibration does not use, in batches: given ones that it held out, crops of other
    /// photographs, or synthetic ones of the seed.
    ///
    /// - Parameters:
    ///   - count: The largest number of samples.
    ///   - network: The network, batch-norms folded.
    ///   - inputs: The inputs of the calibration, if they were given.
    package func leftAside(
        _ count: Int, for network: AnalysedNetwork, of inputs: (any CalibrationInputs)?
    ) throws -> [[Tensor]] {
        if source == .photographs { return try crops(count, of: network, for: .judging) }
        if source == .synthetic {
            var request = self
            request.images = count
            return try request.calibration(for: network, images: nil).batches()
        }
        guard let inputs, inputs.count > samples else { return [] }
        var generator = SplitMixGenerator(seed: seed)
        let seen = Set(generator.sample(samples, of: inputs.count))
        let rest = (0..<inputs.count).filter { !seen.contains($0) }
        let chosen = generator.sample(min(count, rest.count), of: rest.count).map { rest[$0] }
        guard chosen.count >= fixedBatchSize ?? 1 else { return [] }
        let batches = try CalibrationBatches(chosen.count, for: network.graph, fixedSize: fixedBatchSize)
        return try (0..<batches.count).map { try inputs.samples(chosen[batches[$0]]) }
    }

    /// Checks that not all samples are equal, as those reveal nothing about a network; stops at the first difference.
    private static func requireVariety(
        of inputs: any CalibrationInputs, _ batches: some Sequence<ArraySlice<Int>>
    ) throws {
        var first: [Tensor] = []
        for batch in batches {
            let samples = try inputs.samples(batch)
            for row in 0..<batch.count {
                let sample =
                    batch.count == 1
                    ? samples
                    : try samples.map { $0.rank == 0 ? $0 : try $0.sliced(axis: 0, row..<row + 1) }
                if first.isEmpty { first = sample }
                guard try zip(first, sample).allSatisfy({ try $0.doubles() == $1.doubles() }) else { return }
            }
        }
        throw CalibrationError(
            "all samples of \(inputs.name) are equal: a network cannot be calibrated on them")
    }

    /// A fitted or repaired network.
    package struct Mended {
        package var graph: Graph
        package var fitted: [LayerReconstruction.Report] = []
        package var repaired: [StatisticsRepair.Report] = []
        package var refinement: NetworkRefinement.Report?

        /// A network that is left as it is.
        package init(_ graph: Graph) { self.graph = graph }
    }

    /// Fits or repairs a compressed network on inputs.
    package func mended(
        _ network: CompressedNetwork, on calibration: Calibration,
        report: (String, Double) throws -> Void = { _, _ in }
    ) throws -> Mended {
        var mended = Mended(network.graph)
        switch method {
        case .leastSquares:
            (mended.graph, mended.fitted) = try LayerReconstruction(calibration, options: reconstruction)
                .apply(to: network) { try report("fitting layers", $0) }
            if let refinementSteps, refinementSteps > 0 {
                let pieces =
                    try fixedBatchSize == nil
                    ? calibration.inPieces(of: NetworkRefinement.samples) : calibration
                let refinement = NetworkRefinement(pieces, steps: refinementSteps, seed: seed)
                (mended.graph, mended.refinement) = try refinement.apply(to: mended.graph, of: network) {
                    try report(Self.refinementStage, $0)
                }
            }
        case .repair:
            (mended.graph, mended.repaired) = try StatisticsRepair(calibration).apply(to: network) {
                try report("repairing layers", $0)
            }
        }
        if keepsBatchNorms {
            mended.graph = try BatchNormRestoration(calibration)
                .restored(mended.graph, of: network.original) { try report("measuring batch-norms", $0) }
        }
        return mended
    }
}
