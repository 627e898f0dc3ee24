internal import Compression
public import Evaluation
public import Foundation
public import Graph
public import Pruning

/// The results of a study so far.
public struct StudyResult: Sendable, Codable, Equatable {
    /// The environment it was computed in.
    public struct Environment: Sendable, Codable, Equatable {
        /// The version of the program.
        public var version: String
        /// The version of libtorch.
        public var libtorch: String
        /// The device networks ran on.
        public var device: String

        /// Names an environment.
        public init(version: String = ProductVersion.current, libtorch: String, device: String) {
            self.version = version
            self.libtorch = libtorch
            self.device = device
        }
    }

    /// A method with every default resolved.
    public struct Method: Sendable, Codable, Equatable {
        /// The name in the tables.
        public let name: String
        /// The options; sparsities, groups and seeds come from the cells.
        public let options: PruningOptions
    }

    /// The results of one network.
    public struct Network: Sendable, Codable, Equatable {
        /// The name in the tables.
        public let name: String
        /// The architecture's name.
        public let architecture: String
        /// The file.
        public let file: String
        /// The file's CRC-32.
        public let checksum: String
        /// The data set.
        public let dataset: String
        /// The CRC-32 of the test images.
        public let dataChecksum: String
        /// The CRC-32 of the images that criteria used; nil if none did.
        public let trainingDataChecksum: String?
        /// The number of test images classified.
        public let samples: Int
        /// The number of test images in the data set.
        public let availableSamples: Int
        /// The widths of the groups.
        public let groupWidths: [Int]
        /// The cost of the network, batch-norms folded.
        public let cost: NetworkCost
        /// The methods.
        public let methods: [Method]
        /// The accuracy before pruning, batch-norms folded; nil until it is measured.
        public internal(set) var dense: Accuracy?
        /// The finished cells in the order of the study.
        public internal(set) var cells: [StudyCell]
        /// Means and ranges over the seeds, and over the groups.
        public internal(set) var summaries: [StudySummary]
    }

    /// The header of every result.
    public static let format = "intrafusion-study-result"
    /// The format version that is written; others are not read.
    public static let formatVersion = 1

    /// The format, `StudyResult.format`.
    public let format: String
    /// The format version.
    public let formatVersion: Int
    /// The study.
    public let study: StudyConfiguration
    /// The environment it was computed in.
    public let environment: Environment
    /// The networks in the order of the study; those not started are missing.
    public private(set) var networks: [Network]

    /// Starts a result.
    public init(of study: StudyConfiguration, environment: Environment, networks: [Network] = []) {
        format = Self.format
        formatVersion = Self.formatVersion
        self.study = study
        self.environment = environment
        let order = study.networks.map(\.name)
        self.networks = order.compactMap { name in networks.last { $0.name == name } }
    }

    /// Returns the result with a network's result added or replaced.
    public func replacing(_ network: Network) -> StudyResult {
        StudyResult(of: study, environment: environment, networks: networks + [network])
    }

    /// Returns the result as JSON: sorted keys in snake case, numbers to the last bit.
    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return try encoder.encode(self)
    }
}
