public import Evaluation

/// One compression of a study, and what came of it.
public struct StudyCell: Sendable, Codable, Equatable {
    /// Which compression it is, among those of one network.
    public struct Place: Sendable, Codable, Hashable {
        /// The scope.
        public let scope: StudyScope
        /// The method's name.
        public let method: String
        /// The group that alone was compressed; nil where all were.
        public let group: Int?
        /// The sparsity.
        public let sparsity: Double
        /// The seed.
        public let seed: UInt64
    }

    /// Which one it is.
    public let place: Place
    /// How many test images were classified correctly; nil where it failed.
    public let accuracy: Accuracy?
    /// What the network costs after; nil where it failed.
    public let parameters: Int?
    /// The multiply-accumulates after; nil where it failed.
    public let multiplyAccumulates: Int?
    /// Seconds to compress the network alone, preparation included and evaluation not; nil where it failed.
    public let seconds: Double?
    /// Why there is no result; nil where there is one.
    public let failure: String?
}
