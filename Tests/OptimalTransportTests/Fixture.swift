import Foundation
import Testing

/// Results of other implementations, made by `Fixtures/make_fixtures.py`.
enum Fixture {
    /// Returns the list in a file.
    static func load<Element: Decodable>(_ name: String) throws -> [Element] {
        let file = try #require(
            Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([Element].self, from: Data(contentsOf: file))
    }
}
