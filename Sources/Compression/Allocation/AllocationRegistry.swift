internal import Registries

/// The allocations by name.
public enum AllocationRegistry {
    private static let registry = Registry<any WidthAllocation.Type>(
        of: "allocation",
        [
            UniformAllocation.self,
            GlobalAllocation.self,
            IsomorphicAllocation.self,
            SensitivityAllocation.self,
            MeasuredAllocation.self,
        ],
        aliases: ["local": UniformAllocation.name]
    ) { $0.name }

    /// All of them; the first is the default.
    public static var allocations: [any WidthAllocation.Type] { registry.entries }

    /// The names in order.
    public static var names: [String] { registry.names }

    /// Returns the allocation with a name.
    ///
    /// - Throws: `CompressionError` listing the known names.
    public static func allocation(named name: String) throws -> any WidthAllocation {
        try registry.entry(named: name) { CompressionError("\($0)") }.init()
    }
}
