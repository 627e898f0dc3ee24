import ArgumentParser
import IntraFusion

extension PruningSettings {
    /// Makes settings by what arguments say of them.
    ///
    /// - Throws: `ValidationError` where they do not go together.
    static func checked(_ say: (inout PruningSettings) -> Void) throws -> PruningSettings {
        var settings = PruningSettings()
        say(&settings)
        do { try settings.validate() } catch { throw ValidationError("\(error)") }
        return settings
    }
}
