/// A method that solves transport problems.
///
/// A solver returns a plan only if it converged; otherwise it throws. Each one lives in its own file, and
/// its throwing initialiser validates its options.
public protocol TransportSolver: Sendable {
    /// Returns a plan for the problem, with the dual potentials that certify it.
    ///
    /// - Throws: `TransportError` if the method does not converge or its result fails the certificate.
    func solve(_ problem: TransportProblem) throws -> TransportPlan
}
