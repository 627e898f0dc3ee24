package import Torch

/// Collects `Fidelity`'s figures for one output.
package struct OutputFidelity {
    private let kind: OutputDivergence.Kind
    /// Whether the rows are directions: embeddings of length 1, whose greatest number decides nothing.
    private var isEmbedding = false
    private var divergence: OutputDivergence
    private var correlation = ChannelCorrelation()
    /// The number of the original's decisions for each class, and how many of them are equal.
    private var decisions: [(all: Double, same: Double)] = []
    /// The number of the other network's decisions for each class.
    private var found: [Double] = []
    /// Both networks' values of an output `[samples, 1]` that are all in 0 ... 1; nil otherwise.
    private var chances: (before: [Double], after: [Double])? = ([], [])
    /// So much of a chance's range at either end counts as decided, and so many chances must be.
    private static let decided = (margin: 0.1, share: 0.8)

    private var detections: (all: Double, found: Double)?
    private var marks: (places: Double, marked: Double, both: Double, either: Double)?

    /// Determines what an output holds.
    package init(_ output: Tensor) throws {
        kind = try OutputDivergence.kind(of: output)
        if case .scores = kind { isEmbedding = try Self.holdsDirections(output) }
        divergence = OutputDivergence(kind)
    }

    private static func holdsDirections(_ output: Tensor) throws -> Bool {
        let values = try output.converted(to: .float64)
        let squares = try values.multiplied(by: values).reduced(.sum, axes: [1]).doubles()
        return squares.allSatisfy { abs($0 - 1) < 1e-3 }
    }

    /// Adds one batch.
    package mutating func add(_ original: Tensor, _ other: Tensor) throws {
        try divergence.add(original, other)
        guard original.count > 0 else { return }
        switch kind {
        case .whole: break
        case .probabilities(let axis): try addDecisions(original, other, axis)
        case .scores: if !isEmbedding { try addDecisions(original, other, 1) }
        case .channels:
            try addChances(original, other)
            if let found = try DetectionMatches(original, other) {
                let known = detections ?? (0, 0)
                detections = (known.all + found.count, known.found + found.matched)
            } else if let found = try MarkOverlap(original, other) {
                let known = marks ?? (0, 0, 0, 0)
                marks = (
                    known.places + found.places, known.marked + found.marked, known.both + found.both,
                    known.either + found.either
                )
            }
        }
        if original.type.isFloatingPoint { try correlation.add(original, other) }
    }

    private mutating func addDecisions(_ original: Tensor, _ other: Tensor, _ axis: Int) throws {
        let (left, right) = (try original.argMax(axis: axis), try other.argMax(axis: axis))
        if decisions.isEmpty {
            decisions = Array(repeating: (all: 0, same: 0), count: original.shape[axis])
            found = Array(repeating: 0, count: original.shape[axis])
        }
        for (expected, given) in zip(try left.integers(), try right.integers())
        where decisions.indices.contains(expected) && found.indices.contains(given) {
            decisions[expected].all += 1
            found[given] += 1
            if expected == given { decisions[expected].same += 1 }
        }
    }

    private mutating func addChances(_ original: Tensor, _ other: Tensor) throws {
        guard let known = chances else { return }
        let before = original.rank == 2 && original.shape[1] == 1 ? try original.doubles() : []
        chances =
            !before.isEmpty && before.allSatisfy((0...1).contains)
            ? (known.before + before, known.after + (try other.doubles())) : nil
    }

    /// The decisions of chances, most of which are near 0 or 1: for or against.
    private var chanceDecisions: (decisions: [(all: Double, same: Double)], found: [Double])? {
        guard let (before, after) = chances, !before.isEmpty else { return nil }
        let undecided = before.count { $0 > Self.decided.margin && $0 < 1 - Self.decided.margin }
        guard Double(undecided) <= (1 - Self.decided.share) * Double(before.count) else { return nil }
        var result = (
            decisions: [(all: 0.0, same: 0.0), (all: 0.0, same: 0.0)], found: [0.0, 0.0]
        )
        for (one, other) in zip(before, after) {
            let (expected, given) = (one > 0.5 ? 1 : 0, other > 0.5 ? 1 : 0)
            result.decisions[expected].all += 1
            result.found[given] += 1
            if expected == given { result.decisions[expected].same += 1 }
        }
        return result
    }

    /// The result.
    package func result(_ name: String) -> Fidelity.Output {
        let (decisions, found) = chanceDecisions ?? (decisions, found)
        var result = Fidelity.Output(name: name, divergence: divergence.value, correlation: correlation.value)
        let all = decisions.reduce(0) { $0 + $1.all }
        let same = decisions.reduce(0) { $0 + $1.same }
        if all > 0, let most = decisions.max(by: { $0.all < $1.all }) {
            result.agreement = same / all
            result.rarerDecisions = Int(all - most.all)
            if all > most.all { result.rarerAgreement = (same - most.same) / (all - most.all) }
            result.frequentAgreement = most.same / most.all
            result.dominance = most.all / all
            result.chance = zip(decisions, found).reduce(0) { $0 + $1.0.all / all * $1.1 / all }
        }
        if let detections {
            result.detections = Int(detections.all)
            if detections.all > 0 { result.foundAgain = detections.found / detections.all }
        }
        if let marks {
            result.marked = marks.marked / marks.places
            if marks.either > 0 { result.overlap = marks.both / marks.either }
        }
        return result
    }
}

/// The correlation of two outputs, channel by channel.
private struct ChannelCorrelation {
    private var count = 0.0
    /// Sums of x, y, x x, y y and x y.
    private var sums: [[Double]] = []

    mutating func add(_ original: Tensor, _ other: Tensor) throws {
        let (x, y) = (
            try OutputDivergence.byChannel(original), try OutputDivergence.byChannel(other)
        )
        let new = try [x, y, x.multiplied(by: x), y.multiplied(by: y), x.multiplied(by: y)].map {
            try $0.reduced(.sum, axes: [1]).doubles()
        }
        sums = sums.isEmpty ? new : zip(sums, new).map { zip($0, $1).map(+) }
        count += Double(x.shape[1])
    }

    var value: Double? {
        guard sums.count == 5 else { return nil }
        var (total, varying) = (0.0, 0.0)
        for channel in sums[0].indices {
            let (x, y) = (sums[0][channel] / count, sums[1][channel] / count)
            let (xx, yy) = (sums[2][channel] / count - x * x, sums[3][channel] / count - y * y)
            guard xx > 1e-12 * max(x * x, 1e-12) else { continue }
            varying += 1
            let together = (sums[4][channel] / count - x * y) / (xx * yy).squareRoot()
            if together.isFinite { total += together }
        }
        return varying > 0 ? total / varying : nil
    }
}
