import Graph
import Torch

/// How far a model was traced, and at what it stopped.
final class TraceLog {
    /// The number of nodes that were added.
    var nodeCount = 0
    /// What is known of the inputs of the node whose shapes did not fit; nil if something else was wrong.
    var misfit: OperatorInputs?

    /// The factors by which something would have to be longer or shorter for the inputs to fit, as numerator
    /// and denominator: a weight has so many rows, a stored shape so many elements, and so many come in.
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
