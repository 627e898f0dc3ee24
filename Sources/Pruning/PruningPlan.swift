public import Compression
internal import Datasets
internal import Evaluation
public import Foundation
public import Graph

/// A stored compression: the network, the options, and what is done.
public struct PruningPlan: Sendable, Codable, Equatable {
    /// The network that a plan was made for.
    public struct Source: Sendable, Codable, Equatable {
        /// The architecture's name.
        public let architecture: String
        /// The file with the weights.
        public let file: String
        /// The file's CRC-32.
        public let checksum: String

        /// Names a network.
        public init(architecture: String, file: String, checksum: String) {
            self.architecture = architecture
            self.file = file
            self.checksum = checksum
        }
    }

    /// The value of `format` in every stored plan.
    public static let format = "intrafusion-plan"
    /// The version of the format that is written; others are not read.
    public static let formatVersion = 1

    /// The format, `PruningPlan.format`.
    public let format: String
    /// The version of the format.
    public let formatVersion: Int
    /// The version of the program that made the plan.
    public let version: String
    /// The network for which it was made.
    public let source: Source
    /// The options with every default resolved.
    public let options: PruningOptions
    /// The changes of bases before the first step; empty in older plans.
    public let bases: [BasisChange]
    /// The steps in order.
    public let rounds: [CompressionPlan]
    /// How the result compares with the original; nil if nothing was compared, and in older plans.
    public let judgement: PruningResult.Judgement?

    /// Makes a plan.
    public init(
        source: Source, options: PruningOptions, bases: [BasisChange] = [], rounds: [CompressionPlan],
        judgement: PruningResult.Judgement? = nil, version: String = ProductVersion.current
    ) {
        format = Self.format
        formatVersion = Self.formatVersion
        self.version = version
        self.source = source
        self.options = options
        self.bases = bases
        self.rounds = rounds
        // JSON cannot represent numbers that are not finite.
        self.judgement = judgement.flatMap { $0.fidelity.isFinite ? $0 : nil }
    }

    /// Returns the plan as JSON: keys sorted and in snake case, numbers in full precision.
    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return try encoder.encode(self)
    }

    private enum CodingKeys: String, CodingKey {
        case format, formatVersion, version, source, options, bases, rounds, judgement
    }

    /// Reads a plan; older ones keep the network's own channels.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        format = try values.decode(String.self, forKey: .format)
        formatVersion = try values.decode(Int.self, forKey: .formatVersion)
        version = try values.decode(String.self, forKey: .version)
        source = try values.decode(Source.self, forKey: .source)
        options = try values.decode(PruningOptions.self, forKey: .options)
        bases = try values.decodeIfPresent([BasisChange].self, forKey: .bases) ?? []
        rounds = try values.decode([CompressionPlan].self, forKey: .rounds)
        judgement = try values.decodeIfPresent(PruningResult.Judgement.self, forKey: .judgement)
    }

    private struct Header: Decodable {
        let format: String?
        let formatVersion: Int?
    }

    /// Reads a plan.
    ///
    /// - Throws: `PruningError` if the data is not a plan of this version, saying what is wrong and where.
    public init(decoding data: Data) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            let header = try decoder.decode(Header.self, from: data)
            guard header.format == Self.format else {
                throw PruningError("it is no plan: its format is not \(Self.format)")
            }
            guard header.formatVersion == Self.formatVersion else {
                let found = header.formatVersion.map { "\($0)" } ?? "none"
                throw PruningError("its format version is \(found), expected \(Self.formatVersion)")
            }
            self = try decoder.decode(PruningPlan.self, from: data)
        } catch let error as DecodingError {
            throw PruningError("it is no plan: \(error.explanation)")
        }
    }
}
