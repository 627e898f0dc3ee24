import Foundation
import IntraFusion

extension RuntimeComparison {
    /// The runtime and its threads.
    var title: String { "\(runtime) \(version), \(threads) \(threads == 1 ? "thread" : "threads")" }

    /// How long runs take, and in what; nil if they were not measured.
    var timeText: String? {
        times.map { times in
            """
            \(title): \(Self.text(times.base)) a run before, \(Self.text(times.other)) after, \
            \(PruneReport.percent(times.share)) of the time (medians and quartiles of \(times.runs) alternating runs).
            """ + (times.share > 1 + Self.noticeable ? "\n" + Self.advice : "")
                + (shortfall.map { "\n" + $0.text(times) } ?? "")
        }
    }

    /// The excess over the original's time from which a result is called slower.
    private static let noticeable = 0.02
    private static let advice = """
        WARNING: the result takes longer than the original. Runtimes like widths that are multiples of 8 or 16: try \
        --round-to; or have no layers become two, by --layers whole.
        """

    /// A time in milliseconds.
    static func milliseconds(_ seconds: Double) -> String {
        String(format: seconds < 1e-3 ? "%.3f ms" : "%.2f ms", seconds * 1000)
    }

    /// A median with its quartiles in milliseconds.
    static func text(_ sample: LatencyMeter.Sample) -> String {
        let places = sample.median < 1e-3 ? 3 : 2
        func number(_ seconds: Double) -> String { String(format: "%.\(places)f", seconds * 1000) }
        return
            "\(number(sample.median)) ms (\(number(sample.lowerQuartile)) to \(number(sample.upperQuartile)))"
    }
}

extension LatencyShortfall {
    /// The types of operators that are named.
    private static let named = 4

    /// Why the saving does not arrive.
    func text(_ times: LatencyMeter.Times) -> String {
        let (all, left) = operators.reduce((0, 0)) { ($0.0 + $1.base, $0.1 + $1.other) }
        func text(_ name: String, _ kind: ArraySlice<OperatorTimes>) -> String {
            let (base, other) = kind.reduce((0, 0)) { ($0.0 + $1.base, $0.1 + $1.other) }
            let share = PruneReport.percent(all > 0 ? base / all : 0)
            return "\(name), \(share) of the time, now takes \(Self.change(base, other))"
        }
        var parts = operators.prefix(Self.named).map { text($0.name, [$0]) }
        let rest = operators.dropFirst(Self.named)
        if !rest.isEmpty { parts.append(text("all else", rest)) }
        let saved = 1 - times.share
        return """
            \(PruneReport.percent(1 - multiplyAccumulates)) fewer multiply-accumulates \
            \(saved > 0 ? "save \(PruneReport.percent(saved)) of the time" : "save no time"). By types of nodes, which \
            together take \(Self.change(all, left)): \
            \(parts.joined(separator: "; ")).
            """
    }

    /// The change of a time in words.
    static func change(_ base: Double, _ other: Double) -> String {
        guard base > 0 else { return "more" }
        return "\(PruneReport.percent(abs(1 - other / base))) \(other > base ? "more" : "less")"
    }
}

extension RuntimeComparison.Check {
    /// The result of a network in the runtime.
    func text(_ network: String) -> String {
        if let refusal { return "WARNING: \(runtime) does not run \(network): \(refusal)" }
        guard let distance else {
            return "WARNING: \(runtime) gives outputs of different shapes than libtorch for \(network)."
        }
        let difference = String(format: "%.2g", distance.relative)
        return isEqual
            ? "\(runtime) runs \(network) and gives the same outputs as libtorch (relative difference \(difference))."
            : "WARNING: \(runtime) gives different outputs than libtorch for \(network) (relative difference \(difference))."
    }
}
