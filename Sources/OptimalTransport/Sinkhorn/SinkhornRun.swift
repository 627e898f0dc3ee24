/// Approaches an entropic plan at decreasing strengths of the entropy, by sweeps, and by Newton's steps where
/// sweeps are slow.
struct SinkhornRun {
    /// The costs divided by the final strength of the entropy, `[source, target]`.
    let costs: [Double]
    let source: [Double]
    let target: [Double]
    /// The limit of sweeps and steps together.
    let limit: Int
    /// The final tolerance of the masses.
    let tolerance: Double
    /// The potentials of the targets, in units of the final strength.
    private var potentials: [Double]
    /// The number of sweeps and steps so far.
    private(set) var iterations = 0
    /// The last deviation of the sources' masses, summed over all sources.
    private(set) var deviation = Double.infinity

    /// Sweeps are slow if this number of them leaves more than `slowShare` of the deviation; as many cost
    /// about as much as one step.
    private var patience: Int { 16 + target.count / 8 }
    private static let slowShare = 0.1
    /// The same once steps have been needed.
    private static let laterPatience = 4

    init(costs: [Double], source: [Double], target: [Double], limit: Int, tolerance: Double) {
        self.costs = costs
        self.source = source
        self.target = target
        self.limit = limit
        self.tolerance = tolerance
        potentials = target.map { _ in 0 }
    }

    /// Continues until the sources' masses deviate by at most a given amount.
    ///
    /// - Parameters:
    ///   - accepted: The accepted deviation.
    ///   - factor: The present strength of the entropy as a multiple of the final one.
    /// - Returns: The state reached.
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
