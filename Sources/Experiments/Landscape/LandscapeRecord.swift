public import Foundation
internal import Pruning

/// A loss landscape with all that it depends on, as written to a file.
public struct LandscapeRecord: Sendable, Codable, Equatable {
    /// A network's file.
    public struct Source: Sendable, Codable, Equatable {
        /// The architecture's name.
        public let architecture: String
        /// The file.
        public let file: String
        /// The file's CRC-32.
        public let checksum: String

        /// Names a file.
        public init(architecture: String, file: String, checksum: String) {
            (self.architecture, self.file, self.checksum) = (architecture, file, checksum)
        }
    }

    /// The images whose loss is measured.
    public struct Images: Sendable, Codable, Equatable {
        /// The data set.
        public let name: String
        /// The CRC-32 of the images.
        public let checksum: String
        /// The CRC-32 of the images that the criterion used; nil if it used none.
        public let trainingChecksum: String?

        /// Names images.
        public init(name: String, checksum: String, trainingChecksum: String?) {
            (self.name, self.checksum, self.trainingChecksum) = (name, checksum, trainingChecksum)
        }
    }

    /// The format of every file.
    public static let format = "intrafusion-landscape"
    /// The version of the format; others are not read.
    public static let formatVersion = 1

    /// The format, `LandscapeRecord.format`.
    public let format: String
    /// The format's version.
    public let formatVersion: Int
    /// The environment it was computed in.
    public let environment: StudyResult.Environment
    /// The networks: one, or the two ends of a line.
    public let networks: [Source]
    /// The images.
    public let images: Images
    /// The options; nil for a line.
    public let options: LandscapeOptions?
    /// The measurements.
    public var result: LandscapeResult

    /// Makes a record.
    public init(
        environment: StudyResult.Environment, networks: [Source], images: Images, options: LandscapeOptions?,
        result: LandscapeResult
    ) {
        (format, formatVersion) = (Self.format, Self.formatVersion)
        (self.environment, self.networks, self.images) = (environment, networks, images)
        (self.options, self.result) = (options, result)
    }

    /// Reads a record.
    ///
    /// - Throws: `LandscapeError` saying what is wrong.
    public init(decoding data: Data) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            self = try decoder.decode(Self.self, from: data)
        } catch let error as DecodingError {
            throw LandscapeError("it is no loss landscape: \(error.explanation)")
        }
        guard format == Self.format, formatVersion == Self.formatVersion else {
            throw LandscapeError(
                "it is no loss landscape: expected the format \(Self.format) of version \(Self.formatVersion), got \(format) of version \(formatVersion)"
            )
        }
        guard result.grid.count == result.xs.count * result.ys.count else {
            throw LandscapeError(
                "it is no loss landscape: a grid of \(result.xs.count) x \(result.ys.count) has \(result.grid.count) places"
            )
        }
    }

    /// Returns the record as JSON: sorted keys in snake case, numbers to the last bit.
    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return try encoder.encode(self)
    }

    /// Returns why another record cannot continue this one; nil if it can.
    public func difference(from other: LandscapeRecord) -> String? {
        if environment != other.environment { return "other versions, or on another device" }
        if networks.map(\.checksum) != other.networks.map(\.checksum) { return "another network" }
        if images != other.images { return "other images" }
        if options != other.options { return "other options" }
        return nil
    }
}
