import Graph
import Torch

/// How far a trace of a model came, and where it stopped.
final class TraceLog {
    /// The number of nodes added.
    var nodeCount = 0
    /// The known inputs of the node whose shapes did not fit; nil for any other error.
    var misfit: OperatorInputs?

    /// The factors by which something would have to be longer or shorter for the inputs to fit, as numerator
    /// and denominator: rows of a weight, or elements of a stored shape, over those that come in.
    var factors: [(needed: Int, got: Int)] {
        guard let misfit else { return [] }
        var (needed, got): ([Int], [Int]) = ([], [])
        for index in 0..<misfit.count {
            guard let type = misfit.optionalType(index) else { continue }
            if let constant = misfit.constant(index) {
                if type.element.isFloatingPoint {
                    needed += type.shape
                } else if (type.count ?? .max) <= 16, let numbers = try? constant.integers() {
                    if let product = Self.product(numbers.filter { $0 > 0 }) { needed.append(product) }
                }
            } else {
                got += [type.shape.last, Self.product(Array(type.shape.dropFirst()))].compactMap { $0 }
                got += type.count.map { [$0] } ?? []
            }
        }
        var seen: Set<[Int]> = []
        return needed.flatMap { need in got.map { (need, $0) } }
            .filter { $0.0 > 1 && $0.1 > 1 && $0.0 != $0.1 && seen.insert([$0.0, $0.1]).inserted }
    }

    private static func product(_ numbers: [Int]) -> Int? {
        TensorType(.int64, numbers).count
    }
}
