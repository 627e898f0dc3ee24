package import Graph
public import Torch

/// Sequences of tokens, each made of the beginning of one sequence and the end of another.
///
/// Both parts keep their places, so that a network sees tokens where they could stand, and masks and segments that
/// accompany them stay right: all inputs are cut at the same place.
///
/// Source: the crossover of genetic algorithms; that data made from a task's own helps distillation, as in Jiao et al.,
/// "TinyBERT: distilling BERT for natural language understanding", EMNLP 2020, section 3.2.
package struct TokenSplice {
    /// Shorter sequences are left alone.
    private static let leastLength = 4

    /// Whether a network's inputs are sequences of tokens of one length, with whatever accompanies them:
    /// integers `[samples, length]`.
    package static func fits(_ types: [TensorType]) -> Bool {
        guard let first = types.first, first.shape.count == 2, first.shape[1] >= leastLength else {
            return false
        }
        return types.allSatisfy {
            $0.shape.count == 2 && $0.shape[1] == first.shape[1] && !$0.element.isFloatingPoint
        }
    }

    /// Joins each sample of a batch with another one of it, drawn at random, at a random place.
    ///
    /// - Parameter samples: The inputs, each `[samples, length]`.
    package static func applied(to samples: [Tensor], using generator: inout SplitMixGenerator) throws
        -> [Tensor]
    {
        guard let shape = samples.first?.shape, shape.count == 2, shape[0] > 1, shape[1] >= leastLength else {
            return samples
        }
        let (count, length) = (shape[0], shape[1])
        var partners: [Int] = []
        var isOwn: [Double] = []
        for _ in 0..<count {
            partners.append(generator.integer(below: count))
            let cut = 1 + generator.integer(below: length - 1)
            isOwn += (0..<length).map { $0 < cut ? 1 : 0 }
        }
        let zero = try Tensor(repeating: 0, shape: [1, 1], type: .float64)
        let own = try Tensor(isOwn, shape: [count, length]).combined(.greater, zero)
        return try samples.map { try own.choosing($0, $0.selecting(axis: 0, partners)) }
    }
}
