public import Registries

/// An error in the input of a transport computation, or in a solver's result.
public enum TransportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A matrix needs at least one row and one column, and a number of elements that fits in an integer.
    case invalidShape(what: String, rows: Int, columns: Int)
    /// The number of stored elements is not rows times columns.
    case wrongElementCount(what: String, rows: Int, columns: Int, got: Int)
    /// An entry is NaN or infinite.
    case nonFiniteEntry(what: String, row: Int, column: Int, value: Double)
    /// An index lies outside its axis.
    case indexOutOfRange(what: String, index: Int, count: Int)
    /// An index occurs twice in a list of distinct indices.
    case repeatedIndex(what: String, index: Int)
    /// A list that needs at least one element has none.
    case empty(what: String)
    /// Two sizes that have to agree differ.
    case sizeMismatch(what: String, expected: Int, got: Int)
    /// The exponent of a p-norm is below one or NaN.
    case invalidExponent(Double)
    /// A marginal's weight is negative, NaN or infinite.
    case invalidWeight(index: Int, value: Double)
    /// All weights are zero and cannot be scaled to sum to one.
    case zeroTotalWeight(count: Int)
    /// A marginal's weights do not sum to one.
    case unnormalisedMarginal(sum: Double)
    /// The entries of a sparse matrix are not strictly ascending by row, then column.
    case unsortedEntries(position: Int)
    /// There is no method of that name.
    case unknownMethod(UnknownName)
    /// The strength of an entropic regularisation is out of range.
    case invalidEpsilon(Double)
    /// The tolerance of an iterative method is not positive.
    case invalidTolerance(Double)
    /// The number of clusters is below one or above the number of points.
    case invalidClusterCount(Int, points: Int)
    /// The limit of iterations is below one.
    case invalidIterationLimit(Int)
    /// The problem is too large for the integers that a solver counts with.
    case problemTooLarge(sources: Int, targets: Int)
    /// The solver reached its limit of iterations before it proved optimality.
    case iterationLimitReached(limit: Int)
    /// An iterative method reached its limit before its result was as exact as required.
    case notConverged(method: String, limit: Int, deviation: Double, tolerance: Double)
    /// The solver's plan failed its own check.
    case uncertified(Certificate)

    /// What was wrong, what was expected and what was found.
    public var description: String {
        switch self {
        case .invalidShape(let what, let rows, let columns):
            "\(what) must have at least one row and one column and a countable size, got \(rows) x \(columns)"
        case .wrongElementCount(let what, let rows, let columns, let got):
            "\(what) of \(rows) x \(columns) needs \(rows) * \(columns) elements, got \(got)"
        case .nonFiniteEntry(let what, let row, let column, let value):
            "\(what) must be finite, got \(value) at row \(row), column \(column)"
        case .indexOutOfRange(let what, let index, let count):
            "\(what) must be in 0..<\(count), got \(index)"
        case .repeatedIndex(let what, let index):
            "\(what) must be distinct, got \(index) more than once"
        case .empty(let what):
            "\(what) must have at least one element, got none"
        case .sizeMismatch(let what, let expected, let got):
            "\(what) must be \(expected), got \(got)"
        case .invalidExponent(let exponent):
            "p must be >= 1, got \(exponent)"
        case .invalidWeight(let index, let value):
            "weights must be finite and non-negative, got \(value) at index \(index)"
        case .zeroTotalWeight(let count):
            "at least one weight must be positive, got \(count) zeros"
        case .unnormalisedMarginal(let sum):
            "a marginal must sum to 1, got \(sum)"
        case .unsortedEntries(let position):
            "sparse entries must ascend strictly by row, then column; entry \(position) does not"
        case .unknownMethod(let missing): "\(missing)"
        case .invalidEpsilon(let epsilon):
            "epsilon must be finite and at least \(SinkhornSolver.leastEpsilon), got \(epsilon)"
        case .invalidTolerance(let tolerance):
            "the tolerance must be positive, got \(tolerance)"
        case .invalidClusterCount(let count, let points):
            "the number of clusters must be in 1...\(points), got \(count)"
        case .invalidIterationLimit(let limit):
            "the iteration limit must be at least 1, got \(limit)"
        case .problemTooLarge(let sources, let targets):
            "a transport problem of \(sources) x \(targets) is too large for this solver"
        case .iterationLimitReached(let limit):
            "the solver did not reach the optimum within \(limit) iterations"
        case .notConverged(let method, let limit, let deviation, let tolerance):
            "\(method) did not converge within \(limit) iterations: still off by \(deviation), "
                + "which should be at most \(tolerance)"
        case .uncertified(let certificate):
            "the plan failed its check: \(certificate)"
        }
    }
}
