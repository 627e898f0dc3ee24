internal import Foundation
public import Torch

/// How far the answers of a compressed network and the original to one sample differ.
public struct AnswerChange: Sendable, Codable, Equatable {
    /// The decision of a network.
    public struct Decision: Sendable, Codable, Equatable {
        /// The class with the highest score.
        public let classIndex: Int
        /// Its probability: the output, or for scores z the softmax exp(z_i) / sum exp(z_j).
        public let probability: Double
    }

    /// The sample's place among all samples.
    public let sample: Int
    /// The share of the original's answers to this sample that is kept; see `Fidelity.kept`.
    public let kept: Double
    /// The largest error of an output; see `OutputDivergence`.
    public let divergence: Double
    /// The original's decision, if the first output holds scores of classes.
    public let before: Decision?
    /// The compressed network's decision.
    public let after: Decision?

    /// Compares the outputs for one batch, sample by sample.
    ///
    /// - Parameters:
    ///   - original: The original's outputs.
    ///   - other: Those of the other network, of the same shapes.
    ///   - first: The place of the batch's first sample.
    /// - Returns: One change per sample; none if an output does not have a row for each.
    static func list(_ original: [Tensor], _ other: [Tensor], first: Int) throws -> [AnswerChange] {
        guard let count = original.first?.shape.first, original.allSatisfy({ $0.shape.first == count })
        else { return [] }
        return try (0..<count).map { row in
            let pairs = try zip(original, other).map { left, right in
                (try left.sliced(axis: 0, row..<row + 1), try right.sliced(axis: 0, row..<row + 1))
            }
            let outputs = try pairs.map { left, right in
                var fidelity = try OutputFidelity(left)
                try fidelity.add(left, right)
                return fidelity.result("")
            }
            let one = Fidelity(samples: 1, outputs: outputs)
            let decisions = try pairs.first.map { (try decision($0.0), try decision($0.1)) }
            return AnswerChange(
                sample: first + row, kept: one.kept, divergence: outputs.map(\.divergence).max() ?? 0,
                before: decisions?.0, after: decisions?.1)
        }
    }

    /// Reads the decision of an output `[1, classes]`.
    private static func decision(_ output: Tensor) throws -> Decision? {
        guard output.rank == 2, output.shape[1] > 1, output.type.isFloatingPoint else { return nil }
        let values = try output.doubles()
        guard let greatest = values.enumerated().max(by: { $0.element < $1.element }),
            values.allSatisfy(\.isFinite)
        else { return nil }
        if case .probabilities = try OutputDivergence.kind(of: output) {
            return Decision(classIndex: greatest.offset, probability: greatest.element)
        }
        let sum = values.reduce(0) { $0 + exp($1 - greatest.element) }
        return Decision(classIndex: greatest.offset, probability: 1 / sum)
    }
}
