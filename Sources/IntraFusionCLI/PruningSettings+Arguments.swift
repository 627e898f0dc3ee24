import ArgumentParser
import IntraFusion

extension PruningSettings {
    /// Makes settings from arguments.
    ///
    /// - Throws: `ValidationError` where they do not go together.
    static func checked(_ say: (inout PruningSettings) -> Void) throws -> PruningSettings {
        var settings = PruningSettings()
        say(&settings)
        do { try settings.validate { $0.flag } } catch { throw ValidationError("\(error)") }
        return settings
    }
}

extension PruningSettings.CodingKeys {
    /// The flag that says a setting.
    fileprivate var flag: String { "--" + snakeCasedName.replacing("_", with: "-") }
}
