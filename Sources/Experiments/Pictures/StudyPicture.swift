internal import Charts
internal import Compression
internal import Evaluation
internal import Foundation
internal import Pruning

/// A study as a picture: for each network, accuracy against sparsity, multiply-accumulates and parameters,
/// with the range over seeds; for single groups, a chart each and what methods gain over deletion.
public struct StudyPicture: Sendable {
    private let result: StudyResult

    private static let chartSize = ChartSize(340, 270)

    /// Takes the results of a study.
    public init(_ result: StudyResult) {
        self.result = result
    }

    /// Returns the picture as an SVG file.
    public func svg() throws -> String {
        let rows = try result.networks.flatMap { network in
            try result.study.scopes.flatMap { scope -> [[any Chart]] in
                switch scope {
                case .whole: wholeRows(network)
                case .perGroup: try groupRows(network)
                }
            }
        }
        return Figure(title: "Study \(result.study.name)", rows: rows).svg
    }

    private func heading(_ network: StudyResult.Network, _ what: String) -> [any Chart] {
        let images =
            network.samples < network.availableSamples
            ? "the first \(network.samples) of \(network.availableSamples)" : "all \(network.samples)"
        return [Heading("\(network.name), \(what)", note: "\(images) test images of \(network.dataset)")]
    }

    private func wholeRows(_ network: StudyResult.Network) -> [[any Chart]] {
        let summaries = network.summaries.filter { $0.scope == .whole && $0.group == nil }
        guard !summaries.isEmpty else { return [] }
        func chart(_ x: String, _ place: (StudySummary) -> Double?) -> LineChart {
            LineChart(
                title: "", x: x, y: "accuracy (%)",
                series: network.methods.enumerated().map { index, method in
                    let own = summaries.filter { $0.method == method.name }
                        .compactMap { summary in place(summary).map { (x: $0, summary: summary) } }
                        .sorted { $0.x < $1.x }
                    return LineChart.Series(
                        method.name, ChartStyle.series(index),
                        own.map { AccuracyRange($0.summary).sample($0.x) })
                },
                reference: network.dense.map { LineChart.Reference("before", 100 * $0.fraction) },
                hasLegend: false, size: Self.chartSize)
        }
        var charts = [
            chart("sparsity") { $0.sparsity },
            chart("multiply-accumulates left (%)") { 100 * $0.multiplyAccumulatesLeft },
            chart("parameters left (%)") { 100 * $0.parametersLeft },
        ]
        if summaries.contains(where: { $0.latencyLeft != nil }) {
            charts.append(chart("time for one run left (%)") { $0.latencyLeft.map { 100 * $0 } })
        }
        return [heading(network, "every group pruned"), [Legend(charts[0].legend, width: 1000)], charts]
    }

    private func groupRows(_ network: StudyResult.Network) throws -> [[any Chart]] {
        var accuracies: [GroupCurves.Place: AccuracyRange] = [:]
        for summary in network.summaries where summary.scope == .perGroup {
            guard let group = summary.group else { continue }
            let place = GroupCurves.Place(method: summary.method, group: group, sparsity: summary.sparsity)
            accuracies[place] = AccuracyRange(summary)
        }
        guard !accuracies.isEmpty else { return [] }
        let losses = StudyLosses(network, result.study.sparsities.map(\.value))
        let pairs = network.methods.compactMap { method in
            losses.baseline(of: method, rule: DeletionRule.name).map { (method.name, $0.name) }
        }
        let curves = GroupCurves(
            methods: network.methods.map(\.name),
            baselines: Dictionary(pairs, uniquingKeysWith: { first, _ in first }),
            groups: Set(accuracies.keys.map(\.group)).sorted(),
            sparsities: Set(accuracies.keys.map(\.sparsity)).sorted(), accuracies: accuracies,
            dense: network.dense?.fraction)
        return [heading(network, "one group pruned at a time")] + (try curves.rows())
    }
}
