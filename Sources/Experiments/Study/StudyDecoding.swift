public import Foundation
internal import Pruning

extension StudyConfiguration {
    /// Reads a study: JSON with keys in snake case.
    ///
    /// - Throws: `StudyError` saying what is wrong and where.
    public init(decoding data: Data) throws {
        self = try Self.decoded(data, "study")
    }
}

extension StudyResult {
    /// Reads a result.
    ///
    /// - Throws: `StudyError` if the data is no result of this version, saying what is wrong and where.
    public init(decoding data: Data) throws {
        self = try Self.decoded(data, "result of a study")
        guard format == Self.format, formatVersion == Self.formatVersion else {
            throw StudyError(
                "not the result of a study: expected format \(Self.format) version \(Self.formatVersion), got \(format) version \(formatVersion)"
            )
        }
    }
}

extension Decodable {
    fileprivate static func decoded(_ data: Data, _ what: String) throws -> Self {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(Self.self, from: data)
        } catch let error as DecodingError {
            throw StudyError("not a \(what): \(error.explanation)")
        }
    }
}
