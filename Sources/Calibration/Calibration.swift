public import Analysis
public import Torch

/// Inputs on which the layers of a network are compared before and after compression; they need no labels.
public struct Calibration: Sendable {
    /// Where the inputs come from.
    public enum Origin: String, Sendable, Codable, CaseIterable {
        /// Whichever suits the network best; resolved before any inputs are made.
        case automatic = "auto"
        /// Real inputs of the network.
        case images
        /// Random crops of the bundled photographs.
        case photographs = "photos"
        /// Synthetic inputs; activations on them are scaled and shifted to the moments that the network's batch-norms
        /// hold.
        case synthetic
        /// Synthetic inputs that were optimised until the network's activations have these moments.
        case inverted
    }

    /// The default number of bytes of activations in memory.
    public static let defaultMemory = 1 << 30

    /// The number of batches.
    public let batchCount: Int
    /// The number of batches with different samples: batch i shows the samples of batch i modulo this number, varied.
    public let distinctBatchCount: Int
    /// Where they come from.
    public let origin: Origin
    /// The largest number of bytes of activations in memory; the rest goes to a temporary file.
    public let memory: Int
    /// The moments to which activations are scaled and shifted; nil leaves them as they are.
    let anchors: NetworkMoments?
    /// The number of batches including those with randomly varied samples, which come after the others.
    public let variedBatchCount: Int
    private let make: @Sendable (Int) throws -> [Tensor]

    /// Makes a calibration of real inputs: each batch holds the network's inputs in their declared order.
    public init(images batches: [[Tensor]], memory: Int = defaultMemory) {
        self.init(images: batches.count, memory: memory) { batches[$0] }
    }

    /// Makes a calibration of real inputs that are read on demand, more than once.
    ///
    /// - Parameters:
    ///   - count: The number of batches.
    ///   - origin: Where they come from.
    ///   - varied: The number of batches including those with varied samples; nil is `count`.
    ///   - distinct: The number of batches with different samples, if later ones show the same samples varied; nil is
    ///     all.
    ///   - memory: The largest number of bytes of activations in memory.
    ///   - batch: Returns the network's inputs in their declared order; always the same for an index.
    public init(
        images count: Int, origin: Origin = .images, varied: Int? = nil, distinct: Int? = nil,
        memory: Int = defaultMemory, batch: @escaping @Sendable (Int) throws -> [Tensor]
    ) {
        batchCount = count
        variedBatchCount = varied ?? count
        distinctBatchCount = max(distinct ?? count, 1)
        self.origin = origin
        self.memory = memory
        anchors = nil
        make = batch
    }

    /// Makes a calibration of synthetic inputs.
    ///
    /// - Parameter moments: The moments of activations that the network's batch-norms hold. Activations on the inputs
    ///   are scaled and shifted to them channel by channel, so only the correlations come from the synthetic inputs.
    public init(synthetic batches: [[Tensor]], moments: NetworkMoments, memory: Int = defaultMemory) {
        self.init(synthetic: batches.count, moments: moments, memory: memory) { batches[$0] }
    }

    /// Makes a calibration of synthetic inputs that are generated on demand, more than once.
    public init(
        synthetic count: Int, moments: NetworkMoments, memory: Int = defaultMemory,
        batch: @escaping @Sendable (Int) throws -> [Tensor]
    ) {
        batchCount = count
        variedBatchCount = count
        distinctBatchCount = max(count, 1)
        origin = .synthetic
        self.memory = memory
        anchors = moments
        make = batch
    }

    /// Makes a calibration of inputs from an inversion of the network; activations on them are left as they are.
    ///
    /// - Parameter distinct: The number of batches with different samples, if later ones show the same samples varied;
    ///   nil is all.
    public init(inverted batches: [[Tensor]], distinct: Int? = nil, memory: Int = defaultMemory) {
        batchCount = batches.count
        variedBatchCount = batches.count
        distinctBatchCount = max(distinct ?? batches.count, 1)
        origin = .inverted
        self.memory = memory
        anchors = nil
        make = { batches[$0] }
    }

    /// Selects batches of another calibration.
    private init(
        _ other: Calibration, count: Int, varied: Int, distinct: Int,
        make: @escaping @Sendable (Int) throws -> [Tensor]
    ) {
        batchCount = count
        variedBatchCount = varied
        distinctBatchCount = distinct
        origin = other.origin
        memory = other.memory
        anchors = other.anchors
        self.make = make
    }

    /// Returns the inputs of every batch with different samples.
    package func batches() throws -> [[Tensor]] { try (0..<distinctBatchCount).map(make) }

    /// Divides the inputs into those on which layers are fitted and those on which the fit is judged.
    ///
    /// If there are four different batches or more, whole batches are held out, otherwise some samples of each.
    /// - Parameters:
    ///   - share: The share of the samples that is held out.
    ///   - others: Whether to hold out other batches than usual, if there are four or more; their number is rounded up,
    ///     not down.
    /// - Returns: The inputs for fits, and held-out batches; if there is a single sample, both are the same.
    package func divided(
        holding share: Double, others: Bool = false
    ) throws -> (fitted: Calibration, held: [[Tensor]]) {
        let all = Array(0..<variedBatchCount)
        let distinct = distinctBatchCount
        if distinct >= 4 {
            let wanted = Double(distinct) * share
            let last = max(1, Int(wanted))
            let held =
                others
                ? distinct - last - Int(wanted.rounded(.up))..<distinct - last : distinct - last..<distinct
            let fitted = all.filter { !held.contains($0 % distinct) }
            let make = make
            return (
                Calibration(
                    self, count: fitted.count { $0 < batchCount }, varied: fitted.count,
                    distinct: distinct - held.count
                ) { try make(fitted[$0]) },
                try held.map(make)
            )
        }
        let make = make
        /// Returns the first samples of a batch, or the held-out ones after them.
        @Sendable func part(_ index: Int, first: Bool) throws -> [Tensor] {
            let tensors = try make(index)
            // If first axes do not count samples, the batch is one sample.
            guard Set(tensors.compactMap(\.shape.first)).count == 1 else { return tensors }
            return try tensors.map { tensor in
                let count = tensor.shape.first ?? 0
                let held = min(max(1, Int(Double(count) * share)), count - 1)
                guard held > 0 else { return tensor }
                return try tensor.sliced(axis: 0, first ? 0..<count - held : count - held..<count)
            }
        }
        return (
            Calibration(self, count: batchCount, varied: all.count, distinct: distinct) {
                try part($0, first: true)
            },
            try (0..<distinct).map { try part($0, first: false) }
        )
    }

    /// Divides the batches into smaller ones of at most some samples; batches whose inputs' first axes do not count
    /// samples stay as they are.
    func inPieces(of size: Int) throws -> Calibration {
        let make = make
        var pieces: [(batch: Int, samples: Range<Int>?)] = []
        for batch in 0..<distinctBatchCount {
            let counts = Set(try make(batch).map { $0.shape.first ?? 0 })
            guard let count = counts.first, counts.count == 1, count > size else {
                pieces.append((batch, nil))
                continue
            }
            for start in stride(from: 0, to: count, by: size) {
                pieces.append((batch, start..<min(start + size, count)))
            }
        }
        let (divided, distinct) = (pieces, distinctBatchCount)
        guard divided.count > distinct else { return self }
        return Calibration(
            self, count: batchCount / distinct * divided.count,
            varied: variedBatchCount / distinct * divided.count, distinct: divided.count
        ) { index in
            let piece = divided[index % divided.count]
            let tensors = try make(index / divided.count * distinct + piece.batch)
            guard let samples = piece.samples else { return tensors }
            return try tensors.map { try $0.sliced(axis: 0, samples) }
        }
    }

    /// Whether activations are scaled and shifted to known moments.
    public var isAnchored: Bool { anchors.map { !$0.channels.isEmpty } ?? false }

    /// Returns the first samples, as many as a comparison needs.
    package func sample() throws -> [Tensor] { try inPieces(of: 8).batch(0) }

    /// Returns the inputs of one batch.
    func batch(_ index: Int) throws -> [Tensor] { try make(index) }
}
