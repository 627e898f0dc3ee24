public import Foundation

/// What the published code did with a checkpoint: one row per group and sparsity.
public struct ReferenceFile: Decodable, Sendable {
    /// A parameter of a pruned network.
    public struct Parameter: Decodable, Sendable {
        /// The shape.
        public let shape: [Int]
        /// The L2 norm of all entries.
        public let l2: Double
        /// Some entries: (flat index, value).
        public let samples: [[Double]]
    }

    /// One group at one sparsity.
    public struct Row: Decodable, Sendable {
        /// The group.
        public let group: Int
        /// The share of channels removed.
        public let sparsity: Double
        /// The importance of each channel.
        public let scores: [Double]
        /// The survivors, ascending.
        public let kept: [Int]
        /// The map's entries: (source, target, weight), the targets numbered in the published code's order.
        public let map: [[Double]]
        /// Correct test images after deletion.
        public let deleteCorrect: Int
        /// Correct test images after Intra-Fusion.
        public let referenceCorrect: Int
        /// The parameters that deletion changed.
        public let deleteParameters: [String: Parameter]
        /// The parameters that Intra-Fusion changed.
        public let referenceParameters: [String: Parameter]

        private enum CodingKeys: String, CodingKey {
            case group, sparsity, scores, kept
            case map = "map_reference"
            case deleteCorrect = "delete_correct"
            case referenceCorrect = "reference_correct"
            case deleteParameters = "delete_parameters"
            case referenceParameters = "reference_parameters"
        }
    }

    /// The importance criterion.
    public let criterion: String
    /// How many images were classified.
    public let testImages: Int
    /// How many of them the network classified correctly before pruning.
    public let denseCorrect: Int
    /// The rows.
    public let rows: [Row]

    private enum CodingKeys: String, CodingKey {
        case criterion, rows
        case testImages = "test_images"
        case denseCorrect = "dense_correct"
    }

    /// Reads a file.
    public init(_ file: URL) throws {
        self = try JSONDecoder().decode(ReferenceFile.self, from: Data(contentsOf: file))
    }
}
