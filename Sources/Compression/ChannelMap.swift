public import OptimalTransport

/// How a group's n channels become m: one matrix for the producers, one for each consumer.
///
/// Deletion and all kinds of fusion are channel maps and differ in nothing else. Applied to the weights w of
/// a producer, a map gives `M w`; applied to the weights V of a consumer it gives `V R`, whose outputs may be
/// scaled, and shifted by the layer's bias.
public struct ChannelMap: Sendable, Equatable, Codable {
    /// The map of one consumer.
    public struct Consumer: Sendable, Equatable, Codable {
        /// The consuming parameter's name.
        public let parameter: String
        /// The consuming axis.
        public let axis: Int
        /// R `[n, m]`.
        public let matrix: SparseMatrix
        /// A factor on the weights of each of the layer's outputs; nil is one.
        public let gain: [Double]?
        /// The change of the bias of each of the layer's outputs; nil is none.
        public let shift: [Double]?
        /// What the map was derived from.
        public let source: Basis

        /// What a consumer's map is derived from.
        public enum Basis: String, Sendable, Codable {
            /// The weights alone.
            case weights
            /// Moments from the running statistics of batch-norms.
            case batchNorm = "batch_norm"
            /// Moments propagated from normalised inputs.
            case propagation
            /// Moments measured on synthetic inputs.
            case synthetic
            /// Moments measured on the calibration set.
            case measurement
        }

        /// Makes a consumer's map: `V' = diag(gain) V R`, `b' = b + shift`.
        public init(
            parameter: String, axis: Int, matrix: SparseMatrix, gain: [Double]? = nil, shift: [Double]? = nil,
            source: Basis = .weights
        ) {
            self.parameter = parameter
            self.axis = axis
            self.matrix = matrix
            self.gain = gain
            self.shift = shift
            self.source = source
        }
    }

    /// The positions that the survivors take, ascending.
    public let kept: [Int]
    /// M `[m, n]`, for producers and biases.
    public let producer: SparseMatrix
    /// B `[m, n]` with rows that sum to one, for parameters that scale or filter each channel by itself.
    public let perChannel: SparseMatrix
    /// R `[n, m]` of each consumer.
    public let consumers: [Consumer]

    /// The number of channels before.
    public var width: Int { producer.columns }

    /// Whether the survivors are original channels, unchanged.
    var isSelection: Bool {
        producer.entries.count == kept.count
            && producer.entries.allSatisfy { $0.value == 1 && $0.column == kept[$0.row] }
    }

    /// Makes a map.
    ///
    /// - Throws: `CompressionError` if shapes disagree or kept channels do not ascend.
    public init(
        kept: [Int], producer: SparseMatrix, perChannel: SparseMatrix, consumers: [Consumer]
    ) throws {
        let (m, n) = (producer.rows, producer.columns)
        guard kept.count == m, perChannel.rows == m, perChannel.columns == n,
            consumers.allSatisfy({ $0.matrix.rows == n && $0.matrix.columns == m })
        else {
            throw CompressionError(
                "a channel map of \(m) x \(n) has \(kept.count) kept channels or matrices of other shapes")
        }
        guard zip(kept, kept.dropFirst()).allSatisfy({ $0 < $1 }), (kept.first ?? 0) >= 0,
            (kept.last ?? 0) < n
        else {
            throw CompressionError("kept channels must ascend within 0 ..< \(n), got \(kept)")
        }
        self.kept = kept
        self.producer = producer
        self.perChannel = perChannel
        self.consumers = consumers
    }

    /// The ones of a selection: row t holds a 1 at column kept[t]. `[m, n]`
    public static func selection(_ kept: [Int], of width: Int) throws -> SparseMatrix {
        try SparseMatrix(
            rows: kept.count, columns: width,
            entries: kept.enumerated().map {
                SparseMatrix.Entry(row: $0.offset, column: $0.element, value: 1)
            })
    }

    /// Returns the map with other consumer maps.
    func replacingConsumers(_ body: (Consumer) throws -> Consumer) throws -> ChannelMap {
        try ChannelMap(
            kept: kept, producer: producer, perChannel: perChannel, consumers: consumers.map(body))
    }

    private enum CodingKeys: String, CodingKey {
        case kept, producer, perChannel, consumers
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            kept: container.decode([Int].self, forKey: .kept),
            producer: container.decode(SparseMatrix.self, forKey: .producer),
            perChannel: container.decode(SparseMatrix.self, forKey: .perChannel),
            consumers: container.decode([Consumer].self, forKey: .consumers))
    }
}
