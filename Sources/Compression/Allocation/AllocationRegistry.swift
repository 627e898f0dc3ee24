/// The ways to spread what is removed over groups, by name.
public enum AllocationRegistry {
    /// All of them; the first is the default.
    public static let allocations: [any WidthAllocation.Type] = [
        UniformAllocation.self,
        GlobalAllocation.self,
        IsomorphicAllocation.self,
        SensitivityAllocation.self,
    ]

    /// Other names of the same.
    public static let aliases = ["local": UniformAllocation.name]

    /// The names in order.
    public static var names: [String] { allocations.map { $0.name } }

    /// Returns the allocation with a name.
    ///
    /// - Throws: `CompressionError` listing the names there are.
    public static func allocation(named name: String) throws -> any WidthAllocation {
        guard let type = allocations.first(where: { $0.name == aliases[name] ?? name }) else {
            throw CompressionError(
                "there is no allocation \(name); choose among \(names.joined(separator: ", "))")
        }
        return type.init()
    }
}
