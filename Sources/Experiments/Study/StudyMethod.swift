public import Pruning

/// A method: a name for the tables, and the settings of `prune` that differ from the defaults.
///
/// In JSON the settings are on the same level as the name, named like prune's flags in snake case:
/// `{"name": "fitted", "rule": "delete", "calibrate": "images", "images": 64}`. Amounts, groups and seeds
/// belong to the study.
public struct StudyMethod: Sendable, Hashable, Codable {
    /// The name in the tables.
    public let name: String
    /// The settings that differ from the defaults. `calibrate` may be `ownImages`.
    public let settings: PruningSettings

    /// The value of `calibrate` that means the training images of the network's own data folder.
    public static let ownImages = "images"

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name
    }

    /// Makes a method.
    ///
    /// - Throws: `StudyError` if the name is blank, or settings contradict each other.
    public init(name: String, settings: PruningSettings = PruningSettings()) throws {
        guard name.contains(where: { !$0.isWhitespace }) else { throw StudyError("a method has no name") }
        // Methods are compared by their settings.
        var settings = settings
        settings.effort = settings.effort ?? .minimal
        do { try settings.validate() } catch { throw StudyError("the method \(name): \(error)") }
        self.name = name
        self.settings = settings
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(
            besides: CodingKeys.allCases.map(\.stringValue)
                + PruningSettings.CodingKeys.allCases.map(\.stringValue))
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            name: container.decode(String.self, forKey: .name), settings: PruningSettings(from: decoder))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try settings.encode(to: encoder)
    }
}
