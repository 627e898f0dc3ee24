/// The way to an entropic plan: sweeps, and Newton's steps where sweeps are slow, at one strength of the
/// entropy after the other.
struct SinkhornRun {
    /// The costs over the strength of the entropy that is wanted, `[source, target]`.
    let costs: [Double]
    let source: [Double]
    let target: [Double]
    /// The limit of sweeps and steps together.
    let limit: Int
    /// The final tolerance of the masses.
    let tolerance: Double
    /// The potentials of the targets in units of the strength that is wanted.
    private var potentials: [Double]
    /// How many sweeps and steps there were.
    private(set) var iterations = 0
    /// By how much the sources' masses were off at last, summed over all sources.
    private(set) var deviation = Double.infinity

    /// Sweeps are slow if this number of them leave more than `slowShare` of the deviation: about as many as
    /// one step costs.
    private var patience: Int { 16 + target.count / 8 }
    private static let slowShare = 0.1
    /// The same where steps have been needed already.
    private static let laterPatience = 4

    init(costs: [Double], source: [Double], target: [Double], limit: Int, tolerance: Double) {
        self.costs = costs
        self.source = source
        self.target = target
        self.limit = limit
        self.tolerance = tolerance
        potentials = target.map { _ in 0 }
    }

    /// Goes on until the sources' masses are off by at most so much.
    ///
    /// - Parameters:
    ///   - accepted: By how much they may be off.
    ///   - factor: How many times stronger the entropy is than is wanted.
    /// - Returns: The state that was reached.
    /// - Throws: `TransportError.notConverged` at the limit.
    @discardableResult
    mutating func converge(to accepted: Double, at factor: Double) throws -> SinkhornKernel {
        let newton = SinkhornNewton(costs: costs.map { $0 / factor }, source: source, target: target)
        var kernel = SinkhornKernel(newton, targetPotentials: potentials.map { $0 / factor })
        var (patience, sweeps, first) = (self.patience, 0, Double.infinity)
        deviation = .infinity
        while !(deviation <= accepted) {
            guard iterations < limit else {
                throw TransportError.notConverged(
                    method: SinkhornSolver.name, limit: limit, deviation: deviation, tolerance: tolerance)
            }
            if sweeps == patience {
                if !(deviation <= Self.slowShare * first) {
                    kernel = SinkhornKernel(
                        newton, targetPotentials: newton.step(from: kernel.targetPotentials))
                    patience = Self.laterPatience
                    iterations += 1
                }
                sweeps = 0
            }
            deviation = kernel.sweep()
            if sweeps == 0 { first = deviation }
            sweeps += 1
            iterations += 1
        }
        potentials = kernel.targetPotentials.map { $0 * factor }
        return kernel
    }
}
