public import Analysis
public import Torch

/// Inputs on which layers of a network are compared before and after compression; labels are not needed.
public struct Calibration: Sendable {
    /// Where the inputs come from.
    public enum Origin: String, Sendable, Codable, CaseIterable {
        /// Those that suit the network best; which they are is decided before any is made.
        case automatic = "auto"
        /// Real inputs of the network.
        case images
        /// Random crops of the bundled photographs.
        case photographs = "photos"
        /// Made-up ones, whose activations are given the moments that the network's batch-norms tell.
        case synthetic
        /// Made-up ones that were changed until the network's activations have these moments.
        case inverted
    }

    /// How many bytes activations may take up in memory, where nothing else is said.
    public static let defaultMemory = 1 << 30

    /// The number of batches.
    public let batchCount: Int
    /// The number of batches of different samples: batch i shows the samples of batch i modulo this number, varied.
    public let distinctBatchCount: Int
    /// Where they come from.
    public let origin: Origin
    /// How many bytes of activations are kept in memory; what exceeds them is in a temporary file.
    public let memory: Int
    /// The moments that activations are given; nil leaves them as they are.
    let anchors: NetworkMoments?
    /// The number of batches with those of samples varied at random, behind the others.
    public let variedBatchCount: Int
    private let make: @Sendable (Int) throws -> [Tensor]

    /// Makes a calibration of real inputs: in each batch the network's inputs in their declared order.
    public init(images batches: [[Tensor]], memory: Int = defaultMemory) {
        self.init(images: batches.count, memory: memory) { batches[$0] }
    }

    /// Makes a calibration of real inputs that are read when they are needed, more than once.
    ///
    /// - Parameters:
    ///   - count: The number of batches.
    ///   - origin: Where they come from.
    ///   - varied: The number of batches with those of varied samples; nil is as many.
    ///   - distinct: The number of batches of different samples, where those behind them show the same samples varied; nil is all.
    ///   - memory: How many bytes of activations are kept in memory.
    ///   - batch: Returns the network's inputs in their declared order; the same for the same index.
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

    /// Makes a calibration of made-up inputs.
    ///
    /// - Parameter moments: What the network's batch-norms tell of its activations. What the inputs cause is scaled and
    ///   shifted to it channel by channel, so that only correlations are those of the made-up inputs.
    public init(synthetic batches: [[Tensor]], moments: NetworkMoments, memory: Int = defaultMemory) {
        self.init(synthetic: batches.count, moments: moments, memory: memory) { batches[$0] }
    }

    /// Makes a calibration of made-up inputs that are made when they are needed, more than once.
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

    /// Makes a calibration of inputs that an inversion of the network made up; activations on them are left as they are.
    ///
    /// - Parameter distinct: The number of batches of different samples, where those behind them show the same samples varied;
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

    /// Takes some batches of another calibration.
    private init(
        _ other: Calibration, indices: [Int], distinct: Int,
        make: @escaping @Sendable (Int) throws -> [Tensor]
    ) {
        batchCount = indices.count { $0 < other.batchCount }
        variedBatchCount = indices.count
        distinctBatchCount = distinct
        origin = other.origin
        memory = other.memory
        anchors = other.anchors
        self.make = make
    }

    /// Returns the inputs of every batch of different samples.
    package func batches() throws -> [[Tensor]] { try (0..<distinctBatchCount).map(make) }

    /// Divides the inputs into those on which layers are fitted and those on which the fit is judged.
    ///
    /// Whole batches are held back where there are four different ones or more, else some samples of each.
    /// - Parameters:
    ///   - share: The share of the samples that is held back.
    ///   - others: Whether other batches are held back than otherwise, where there are four or more, and rather one more of them.
    /// - Returns: The inputs for fits, and batches that these have not seen; of a single sample both are the same.
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
                Calibration(self, indices: fitted, distinct: distinct - held.count) { try make(fitted[$0]) },
                try held.map(make)
            )
        }
        let make = make
        /// Returns the first samples of a batch, or those behind them.
        @Sendable func part(_ index: Int, first: Bool) throws -> [Tensor] {
            let tensors = try make(index)
            // Where first axes do not count samples, there is one.
            guard Set(tensors.compactMap(\.shape.first)).count == 1 else { return tensors }
            return try tensors.map { tensor in
                let count = tensor.shape.first ?? 0
                let held = min(max(1, Int(Double(count) * share)), count - 1)
                guard held > 0 else { return tensor }
                return try tensor.sliced(axis: 0, first ? 0..<count - held : count - held..<count)
            }
        }
        return (
            Calibration(self, indices: all, distinct: distinct) { try part($0, first: true) },
            try (0..<distinct).map { try part($0, first: false) }
        )
    }

    /// Whether activations are given moments that are known of them.
    public var isAnchored: Bool { anchors.map { !$0.channels.isEmpty } ?? false }

    /// Returns the inputs of one batch.
    func batch(_ index: Int) throws -> [Tensor] { try make(index) }
}
