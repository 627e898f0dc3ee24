internal import Registries

/// The transport solvers by name.
public enum TransportSolverRegistry {
    private static let registry = Registry<any (TransportSolver & TransportMethod).Type>(
        of: "transport solver",
        [
            ExactSolver.self,
            SinkhornSolver.self,
            SemiRelaxedSolver.self,
        ]
    ) { $0.name }

    /// All of them; the first is the default.
    public static var solvers: [any (TransportSolver & TransportMethod).Type] { registry.entries }

    /// The names in order.
    public static var names: [String] { registry.names }

    /// Makes the one with a name.
    ///
    /// - Throws: `TransportError` listing the known names, or for options out of range.
    public static func solver(
        named name: String, options: TransportMethodOptions = TransportMethodOptions()
    ) throws -> any TransportSolver {
        try registry.entry(named: name) { TransportError.unknownMethod($0) }.init(options: options)
    }
}
