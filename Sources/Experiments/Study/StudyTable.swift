internal import Compression
internal import Evaluation
internal import Foundation

/// The table of one network and scope.
struct StudyTable {
    let network: StudyResult.Network
    let scope: StudyScope
    private let sparsities: [Double]
    private let summaries: [StudySummary]

    init(_ network: StudyResult.Network, _ study: StudyConfiguration, _ scope: StudyScope) {
        self.network = network
        self.scope = scope
        sparsities = study.sparsities.map(\.value)
        summaries = network.summaries.filter { $0.scope == scope }
    }

    /// Every group compressed: accuracies in percent, with the range over the seeds where there are several.
    var whole: String {
        var lines = [heading("every group pruned")]
        lines += table(ending: "seconds") { method in
            let row = sparsities.map { sparsity -> String in
                guard let found = summary(method, sparsity) else { return "–" }
                guard found.count > 1 else { return Self.percent(found.mean) }
                return
                    "\(Self.percent(found.mean)) [\(Self.percent(found.least)), \(Self.percent(found.greatest))]"
            }
            let seconds = sparsities.compactMap { summary(method, $0)?.seconds }
            return row + [
                seconds.isEmpty ? "–" : Self.number(seconds.reduce(0, +) / Double(seconds.count), 2)
            ]
        }
        lines += [
            ("parameters left", \StudySummary.parametersLeft),
            ("multiply-accumulates left", \.multiplyAccumulatesLeft),
        ].map { name, path in
            let shares = sparsities.map { sparsity -> String in
                let all = summaries.filter { $0.sparsity == sparsity }.map { $0[keyPath: path] }
                guard let least = all.min(), let greatest = all.max() else { return "–" }
                let texts = [Self.percent(least), Self.percent(greatest)]
                return texts[0] == texts[1] ? texts[0] : "\(texts[0]) to \(texts[1])"
            }
            return Self.row(["*\(name)*"] + shares + [""])
        }
        let latencies = sparsities.map { sparsity -> String in
            let all = summaries.filter { $0.sparsity == sparsity }.compactMap(\.latencyLeft)
            guard let least = all.min(), let greatest = all.max() else { return "–" }
            return "\(Self.percent(least)) to \(Self.percent(greatest))"
        }
        if latencies.contains(where: { $0 != "–" }) {
            lines.append(Self.row(["*time left*"] + latencies + [""]))
        }
        return (lines + failures).joined(separator: "\n")
    }

    /// Each group compressed alone: the mean over the groups, the worst one with its group, and where a
    /// method loses.
    var perGroup: String {
        var lines = [heading("one group pruned at a time: mean over the groups, the worst and its index")]
        lines += table { method in
            sparsities.map { sparsity -> String in
                guard let found = summary(method, sparsity) else { return "–" }
                let worst = found.worstGroup.map { ", group \($0)" } ?? ""
                return "\(Self.percent(found.mean)) (\(Self.percent(found.least))\(worst))"
            }
        }
        return (lines + StudyLosses(network, sparsities).lines + failures).joined(separator: "\n")
    }

    private func heading(_ what: String) -> String {
        let dense = network.dense.map { "\(Self.percent($0.fraction)) % dense" } ?? "dense not measured"
        let images =
            network.samples < network.availableSamples
            ? "the first \(network.samples) of \(network.availableSamples)" : "all \(network.samples)"
        return """
            ### \(Self.cell(network.name)), \(what)

            \(dense), \(images) test images of \(network.dataset).

            """
    }

    private func table(ending: String? = nil, _ cells: (String) -> [String]) -> [String] {
        let header = ["method"] + sparsities.map { "\($0)" } + (ending.map { [$0] } ?? [])
        return [Self.row(header), Self.row(["---"] + header.dropFirst().map { _ in "---:" })]
            + network.methods.map { Self.row([Self.cell($0.name)] + cells($0.name)) }
    }

    private func summary(_ method: String, _ sparsity: Double) -> StudySummary? {
        summaries.first { $0.method == method && $0.sparsity == sparsity && $0.group == nil }
    }

    /// The reasons why cells have no result, each once per method.
    private var failures: [String] {
        var seen: Set<String> = []
        let lines = network.cells.filter { $0.place.scope == scope }.compactMap { cell -> String? in
            guard let failure = cell.failure else { return nil }
            let line = "- \(Self.cell(cell.place.method)) failed: \(Self.cell(failure))"
            return seen.insert(line).inserted ? line : nil
        }
        return lines.isEmpty ? [] : [""] + lines
    }

    static func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }

    /// Text that fits into a cell.
    static func cell(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("|", with: "\\|")
    }

    static func percent(_ fraction: Double) -> String { number(100 * fraction, 2) }

    static func number(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }
}
