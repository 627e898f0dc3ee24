internal import Torch

/// Gathers what `Fidelity` says of one output.
struct OutputFidelity {
    private let kind: OutputDivergence.Kind
    private var divergence: OutputDivergence
    private var correlation = ChannelCorrelation()
    /// How many decisions there are, and how many are the same.
    private var decisions = (all: 0.0, same: 0.0)
    private var detections = (all: 0.0, found: 0.0)

    /// Determines what an output holds.
    init(_ output: Tensor) throws {
        kind = try OutputDivergence.kind(of: output)
        divergence = OutputDivergence(kind)
    }

    /// Takes in one batch.
    mutating func add(_ original: Tensor, _ other: Tensor) throws {
        try divergence.add(original, other)
        guard original.count > 0 else { return }
        switch kind {
        case .whole: break
        case .probabilities(let axis): try addDecisions(original, other, axis)
        case .scores: try addDecisions(original, other, 1)
        case .channels:
            let found = try DetectionMatches(original, other)
            detections.all += found?.count ?? 0
            detections.found += found?.matched ?? 0
        }
        if original.type.isFloatingPoint { try correlation.add(original, other) }
    }

    private mutating func addDecisions(_ original: Tensor, _ other: Tensor, _ axis: Int) throws {
        let (left, right) = (try original.argMax(axis: axis), try other.argMax(axis: axis))
        let same = try left.combined(.equal, right).converted(to: .float64)
        decisions.all += Double(same.count)
        decisions.same += try same.reshaped([same.count]).reduced(.sum, axes: [0]).scalar()
    }

    /// What was found.
    func result(_ name: String) -> Fidelity.Output {
        Fidelity.Output(
            name: name, divergence: divergence.value, correlation: correlation.value,
            agreement: decisions.all > 0 ? decisions.same / decisions.all : nil,
            foundAgain: detections.all > 0 ? detections.found / detections.all : nil)
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
