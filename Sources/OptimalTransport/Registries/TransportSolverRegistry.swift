/// The transport solvers by name.
public enum TransportSolverRegistry {
    /// All of them; the first is the default.
    public static let solvers: [any (TransportSolver & TransportMethod).Type] = [
        NetworkSimplexSolver.self,
        SinkhornSolver.self,
        SemiRelaxedSolver.self,
    ]

    /// The names in order.
    public static var names: [String] { solvers.map { $0.name } }

    /// Makes the one with a name.
    ///
    /// - Throws: `TransportError` listing the names there are, or for options out of range.
    public static func solver(
        named name: String, options: TransportMethodOptions = TransportMethodOptions()
    ) throws -> any TransportSolver {
        try MethodChoice(kind: "transport solver", methods: solvers, names: names).named(name).init(
            options: options)
    }
}
