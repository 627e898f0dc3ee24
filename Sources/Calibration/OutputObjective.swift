internal import Evaluation
internal import Foundation
package import Torch

/// How far one output of a network is from the original's, as something to descend on: in its answers and in the
/// evidence before them.
///
/// - Probabilities differ in their answers by `KL(before || after)`, in their evidence by the mean of `(d - mean d)^2`, d
///   being the difference of their logarithms.
/// - Class scores differ by the same, d being the difference of the scores. A matrix may hold embeddings instead, of which
///   answers say nothing.
/// - Channels in 0 ... 1 hold chances. Their answers differ by `sum KL(before || after) / sum KL(before || mean before)`, of
///   yes and no each, over all of them together: where the answer is nearly always no, the squared error would see
///   nothing else. Their evidence differs by the squared error of `log(p / (1 - p))`.
/// - Other channels count among the answers, by their squared error as a share of their variance, and as much as chances.
/// - Detectors' answers count for each expected detection: the divergence of the chances, and the errors of boxes as
///   shares of their sizes, `2 sum of c (|dx| + |dw|) / w + (|dy| + |dh|) / h`, c being how sure the original is of
///   a box. What is expected is the sum of all c.
///
/// Evidence is there in every sample and at every place. Answers alone are soon learned by heart: there are few.
package struct OutputObjective {
    /// The distance of a batch, in parts that are of different scales.
    package struct Parts {
        package let answers: Tensor
        /// nil if the output holds none.
        package let evidence: Tensor?
    }

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
        let hasChances: Bool
    }

    /// Smaller chances and probabilities count as this.
    fileprivate static let leastProbability = 1e-6
    /// Channels whose variance is a smaller share of their squared mean do not vary.
    fileprivate static let leastVariation = 1e-12
    /// The weight of boxes' errors relative to the chances' divergence.
    fileprivate static let boxWeight = 2.0
    /// Smaller boxes count as this, in pixels.
    fileprivate static let leastSize = 1.0
    /// The number of detections that a batch is divided by, at least.
    fileprivate static let leastExpected = 1.0
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
    package func distance(_ found: Tensor, _ wanted: Tensor) throws -> Parts {
        switch form {
        case .probabilities(let axis):
            return try Self.distance(Self.logarithm(found), Self.logarithm(wanted), axis: axis)
        case .scores: return try Self.distance(found, wanted, axis: 1)
        case .channels(let channels): return try channels.distance(found, wanted)
        }
    }

    /// The numbers by whose squared differences the evidence differs, and those by which channels that hold no chances do.
    func evidence(_ output: Tensor) throws -> Tensor {
        func centred(_ scores: Tensor, axis: Int) throws -> Tensor {
            try scores.subtracting(scores.reduced(.mean, axes: [axis], keepingAxes: true))
        }
        switch form {
        case .probabilities(let axis): return try centred(Self.logarithm(output), axis: axis)
        case .scores: return try centred(output, axis: 1)
        case .channels(let channels): return try channels.evidence(output)
        }
    }

    private static func distance(_ found: Tensor, _ wanted: Tensor, axis: Int) throws -> Parts {
        let difference = try wanted.logSoftmax(axis: axis).subtracting(found.logSoftmax(axis: axis))
        let divergence = try wanted.softmax(axis: axis).multiplied(by: difference).reduced(.sum, axes: [axis])
        let change = try found.subtracting(wanted)
        let centred = try change.subtracting(change.reduced(.mean, axes: [axis], keepingAxes: true))
        return Parts(
            answers: try divergence.reduced(.mean, axes: []),
            evidence: try centred.multiplied(by: centred).reduced(.mean, axes: []))
    }

    private static func logarithm(_ share: Tensor) throws -> Tensor {
        try share.applying(.clamp(low: leastProbability, high: 1)).applying(.logarithm)
    }

    fileprivate static func inside(_ chance: Tensor) throws -> Tensor {
        try chance.applying(.clamp(low: leastProbability, high: 1 - leastProbability))
    }

    fileprivate static func opposite(_ chance: Tensor) throws -> Tensor {
        try chance.applying(.negated).applying(.adding(1))
    }

    /// `log(p / (1 - p))`, element by element.
    fileprivate static func logOdds(_ chance: Tensor) throws -> Tensor {
        let p = try inside(chance)
        return try p.applying(.logarithm).subtracting(opposite(p).applying(.logarithm))
    }

    /// KL of yes and no, element by element.
    fileprivate static func divergence(_ wanted: Tensor, _ found: Tensor) throws -> Tensor {
        let (p, q) = (try inside(wanted), try inside(found))
        func term(_ p: Tensor, _ q: Tensor) throws -> Tensor {
            try p.multiplied(by: p.applying(.logarithm).subtracting(q.applying(.logarithm)))
        }
        return try term(p, q).adding(term(opposite(p), opposite(q)))
    }
}

extension OutputObjective.Channels {
    fileprivate init(_ examples: [Tensor], _ output: Tensor) throws {
        layout = try DetectionLayout(of: output)
        // Outputs of up to two axes are one channel.
        let axis = layout?.axis ?? (output.rank > 2 ? 1 : nil)
        let count = axis.map { output.shape[$0] } ?? 1
        var shape = [Int](repeating: 1, count: output.rank)
        if let axis { shape[axis] = count }
        let axes = (0..<output.rank).filter { $0 != axis }
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
            try Tensor(values, shape: shape).converted(to: output.type)
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
        hasChances = isChance.contains(true)
    }

    fileprivate func distance(_ found: Tensor, _ wanted: Tensor) throws -> OutputObjective.Parts {
        var evidence: Tensor?
        if hasChances {
            let difference = try OutputObjective.logOdds(found).subtracting(OutputObjective.logOdds(wanted))
            evidence = try difference.multiplied(by: difference).multiplied(by: chances)
                .reduced(.mean, axes: [])
        }
        return OutputObjective.Parts(
            answers: try layout.map { try detections($0, found, wanted) } ?? answers(found, wanted),
            evidence: evidence)
    }

    fileprivate func evidence(_ output: Tensor) throws -> Tensor {
        let others = try output.multiplied(by: squareScale.applying(.squareRoot))
        guard hasChances else { return others }
        return try others.adding(OutputObjective.logOdds(output).multiplied(by: chances))
    }

    private func answers(_ found: Tensor, _ wanted: Tensor) throws -> Tensor {
        let difference = try found.subtracting(wanted)
        let squares = try difference.multiplied(by: difference).multiplied(by: squareScale)
            .reduced(.mean, axes: [])
        guard chanceScale > 0 else { return squares }
        return try squares.adding(
            OutputObjective.divergence(wanted, found).multiplied(by: chances).reduced(.mean, axes: [])
                .applying(.multiplied(chanceScale)))
    }

    /// The distance for each detection that is expected.
    private func detections(_ layout: DetectionLayout, _ found: Tensor, _ wanted: Tensor) throws -> Tensor {
        let confidence = try layout.confidence(of: wanted)
        let divergence = try OutputObjective.divergence(wanted, found).multiplied(by: chances)
        let (centres, sizes) = (layout.centres, layout.sizes)
        let size = try wanted.sliced(axis: layout.axis, sizes)
            .applying(.clamp(low: OutputObjective.leastSize, high: .infinity))
        var boxes = try Tensor(repeating: 0, shape: [], type: wanted.type)
        for part in [centres, sizes] {
            let difference = try found.sliced(axis: layout.axis, part)
                .subtracting(wanted.sliced(axis: layout.axis, part))
            boxes = try boxes.adding(
                difference.applying(.absolute).divided(by: size).multiplied(by: confidence)
                    .reduced(.sum, axes: []))
        }
        let expected = try confidence.reduced(.sum, axes: [])
            .applying(.clamp(low: OutputObjective.leastExpected, high: .infinity))
        return try divergence.reduced(.sum, axes: [])
            .adding(boxes.applying(.multiplied(OutputObjective.boxWeight))).divided(by: expected)
    }
}
