/// The options of ground costs, solvers and clusterings; each uses those that apply to it.
public struct TransportMethodOptions: Sendable, Equatable {
    /// The exponent of a norm.
    public var p: Double
    /// The strength of an entropic regularisation, relative to the mean cost.
    public var epsilon: Double
    /// The number of iterations after which a solver gives up; nil is the solver's own limit.
    public var iterationLimit: Int?
    /// The seed of methods that draw random numbers.
    public var seed: UInt64

    /// Makes options.
    public init(
        p: Double = 1, epsilon: Double = SinkhornSolver.defaultEpsilon, iterationLimit: Int? = nil,
        seed: UInt64 = 0
    ) {
        self.p = p
        self.epsilon = epsilon
        self.iterationLimit = iterationLimit
        self.seed = seed
    }
}
