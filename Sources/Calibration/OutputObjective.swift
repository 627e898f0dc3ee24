internal import Evaluation
internal import Foundation
package import Torch

/// How far one output of a network is from the original's, as something to descend on.
///
/// - Probabilities count by `KL(before || after)`.
/// - Class scores count by the same after a softmax, and by `|d - mean d|^2 / |z - mean z|^2` of each sample, z being the
///   original and d the difference: a matrix may hold embeddings instead, of which the softmax says nothing.
/// - Other outputs count channel by channel. Channels in 0 ... 1 hold chances and count by
///   `sum KL(before || after) / sum KL(before || mean before)`, of yes and no each, over all of them together: where
///   the answer is nearly always no, the squared error would see nothing else. All others count by their squared error
///   as a share of their variance.
///   Each of the two kinds counts as much as the other.
/// - Boxes of detectors count by how sure the original is of them.
package struct OutputObjective {
    private enum Form {
        case probabilities(axis: Int)
        case scores
        case channels(Channels)
    }

    /// What is known of an output's channels. Tensors broadcast with the output.
    fileprivate struct Channels {
        let layout: DetectionLayout?
        /// 1 for channels that hold chances, 0 for others.
        let chances: Tensor
        /// What divergences of chances are multiplied by.
        let chanceScale: Double
        /// What squared errors of the others are multiplied by.
        let squareScale: Tensor
        /// 1 for channels that hold boxes.
        let boxes: Tensor?
    }

    /// Smaller chances and probabilities count as this.
    fileprivate static let leastProbability = 1e-6
    /// Channels whose variance is a smaller share of their squared mean do not vary.
    fileprivate static let leastVariation = 1e-12
    /// A smaller sum of squares counts as this.
    private static let leastSpread = 1e-6
    /// If its mean costs less than this, a chance says nothing.
    fileprivate static let leastInformation = 1e-9

    private let form: Form

    /// Finds out what an output of the original holds.
    ///
    /// - Parameter examples: The output for some batches; nil is returned for integers and for none.
    package init?(_ examples: [Tensor]) throws {
        guard let first = examples.first, first.type.isFloatingPoint, first.count > 0 else { return nil }
        switch try OutputDivergence.kind(of: first) {
        case .whole: return nil
        case .probabilities(let axis): form = .probabilities(axis: axis)
        case .scores: form = .scores
        case .channels: form = .channels(try Channels(examples, first))
        }
    }

    /// The mean distance of a batch.
    package func distance(_ found: Tensor, _ wanted: Tensor) throws -> Tensor {
        switch form {
        case .probabilities(let axis):
            let difference = try Self.logarithm(wanted).subtracting(Self.logarithm(found))
            return try wanted.multiplied(by: difference).reduced(.sum, axes: [axis]).reduced(.mean, axes: [])
        case .scores:
            let difference = try wanted.logSoftmax(axis: 1).subtracting(found.logSoftmax(axis: 1))
            let divergence = try wanted.softmax(axis: 1).multiplied(by: difference).reduced(.sum, axes: [1])
            return try divergence.adding(
                Self.spread(found.subtracting(wanted)).divided(
                    by: Self.spread(wanted).applying(.clamp(low: Self.leastSpread, high: .infinity)))
            ).reduced(.mean, axes: [])
        case .channels(let channels): return try channels.distance(found, wanted)
        }
    }

    /// The sum of squares of each row, its mean subtracted.
    private static func spread(_ rows: Tensor) throws -> Tensor {
        let centred = try rows.subtracting(rows.reduced(.mean, axes: [1], keepingAxes: true))
        return try centred.multiplied(by: centred).reduced(.sum, axes: [1])
    }

    private static func logarithm(_ share: Tensor) throws -> Tensor {
        try share.applying(.clamp(low: leastProbability, high: 1)).applying(.logarithm)
    }

    /// KL of yes and no, element by element.
    fileprivate static func divergence(_ wanted: Tensor, _ found: Tensor) throws -> Tensor {
        func inside(_ chance: Tensor) throws -> Tensor {
            try chance.applying(.clamp(low: leastProbability, high: 1 - leastProbability))
        }
        func opposite(_ chance: Tensor) throws -> Tensor {
            try chance.applying(.negated).applying(.adding(1))
        }
        let (p, q) = (try inside(wanted), try inside(found))
        func term(_ p: Tensor, _ q: Tensor) throws -> Tensor {
            try p.multiplied(by: p.applying(.logarithm).subtracting(q.applying(.logarithm)))
        }
        return try term(p, q).adding(term(opposite(p), opposite(q)))
    }
}

extension OutputObjective.Channels {
    fileprivate init(_ examples: [Tensor], _ first: Tensor) throws {
        layout = try DetectionLayout(of: first)
        // Outputs of up to two axes are one channel.
        let axis = layout?.axis ?? (first.rank > 2 ? 1 : nil)
        let count = axis.map { first.shape[$0] } ?? 1
        var shape = [Int](repeating: 1, count: first.rank)
        if let axis { shape[axis] = count }
        let axes = (0..<first.rank).filter { $0 != axis }
        func numbers(_ reduction: Tensor.Reduction, _ tensor: Tensor) throws -> [Double] {
            try axes.isEmpty ? tensor.doubles() : tensor.reduced(reduction, axes: axes).doubles()
        }
        var (sum, squares) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
        var isChance = [Bool](repeating: true, count: count)
        for example in examples {
            let values = try example.converted(to: .float64)
            let (mean, square) = (
                try numbers(.mean, values), try numbers(.mean, values.multiplied(by: values))
            )
            let (least, most) = (try numbers(.minimum, values), try numbers(.maximum, values))
            for channel in 0..<count {
                sum[channel] += mean[channel] / Double(examples.count)
                squares[channel] += square[channel] / Double(examples.count)
                isChance[channel] = isChance[channel] && least[channel] >= 0 && most[channel] <= 1
            }
        }
        let varies = zip(sum, squares).map { mean, square in
            square - mean * mean > OutputObjective.leastVariation * max(mean * mean, 1e-12)
        }
        func tensor(_ values: [Double]) throws -> Tensor {
            try Tensor(values, shape: shape).converted(to: first.type)
        }
        let chances = try tensor(isChance.map { $0 ? 1 : 0 })
        let mean = try tensor(sum)
        let information = try examples.reduce(0.0) { total, example in
            try total
                + OutputObjective.divergence(example, mean).multiplied(by: chances).reduced(.mean, axes: [])
                .scalar()
        }
        self.chances = chances
        let isSquared = zip(isChance, varies).map { !$0 && $1 }
        // Means are taken over all channels.
        let kinds = (isSquared.contains(true) ? 1.0 : 0) + (information > 0 ? 1 : 0)
        let meanInformation = information / Double(examples.count)
        chanceScale = meanInformation > OutputObjective.leastInformation ? 1 / (kinds * meanInformation) : 0
        let squareShare = Double(count) / (Double(max(isSquared.count { $0 }, 1)) * max(kinds, 1))
        squareScale = try tensor(
            zip(zip(sum, squares), isSquared).map { moments, isSquared in
                isSquared ? squareShare / (moments.1 - moments.0 * moments.0) : 0
            })
        boxes = try layout.map { try tensor($0.boxes) }
    }

    fileprivate func distance(_ found: Tensor, _ wanted: Tensor) throws -> Tensor {
        let difference = try found.subtracting(wanted)
        var squares = try difference.multiplied(by: difference).multiplied(by: squareScale)
        if let layout, let boxes {
            let confidence = try layout.confidence(of: wanted)
            let mean = max(try confidence.reduced(.mean, axes: []).scalar(), OutputObjective.leastProbability)
            // 1 outside boxes, the confidence in them.
            let weights = try confidence.applying(.multiplied(1 / mean)).applying(.adding(-1))
                .multiplied(by: boxes).applying(.adding(1))
            squares = try squares.multiplied(by: weights)
        }
        var result = try squares.reduced(.mean, axes: [])
        if chanceScale > 0 {
            let divergence = try OutputObjective.divergence(wanted, found).multiplied(by: chances)
            result = try result.adding(
                divergence.reduced(.mean, axes: []).applying(.multiplied(chanceScale)))
        }
        return result
    }
}
