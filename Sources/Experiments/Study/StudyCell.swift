public import Evaluation

/// One compression of a study and its result.
public struct StudyCell: Sendable, Codable, Equatable {
    /// The place of a compression among those of one network.
    public struct Place: Sendable, Codable, Hashable {
        /// The scope.
        public let scope: StudyScope
        /// The method's name.
        public let method: String
        /// The group that was compressed alone; nil if all were.
        public let group: Int?
        /// The sparsity.
        public let sparsity: Double
        /// The seed.
        public let seed: UInt64
    }

    /// Its place.
    public let place: Place
    /// The number of correctly classified test images; nil if it failed.
    public let accuracy: Accuracy?
    /// The parameters of the result; nil if it failed.
    public let parameters: Int?
    /// The multiply-accumulates of the result; nil if it failed.
    public let multiplyAccumulates: Int?
    /// The seconds to compress the network by itself, including preparation but not evaluation; nil if it
    /// failed.
    public let seconds: Double?
    /// How long one run of the result takes beside the original; nil if that was not measured.
    public let latency: LatencyMeter.Times?
    /// Why there is no result; nil if there is one.
    public let failure: String?
}
