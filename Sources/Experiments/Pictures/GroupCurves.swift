internal import Charts

/// Accuracies of methods by group and sparsity: a chart for each group, and heat maps of what methods gain
/// over deletion.
struct GroupCurves {
    /// A method's accuracy in one place.
    struct Place: Hashable {
        let method: String
        let group: Int
        let sparsity: Double
    }

    /// The methods in the order of the legend.
    let methods: [String]
    /// The method that heat maps compare the others with.
    let baselines: [String: String]
    /// The groups in the order of the charts.
    let groups: [Int]
    /// The sparsities, ascending.
    let sparsities: [Double]
    /// The accuracies, 0 ... 1.
    let accuracies: [Place: AccuracyRange]
    /// The accuracy before pruning, 0 ... 1.
    let dense: Double?

    private static let chartsPerRow = 3
    private static let chartSize = ChartSize(330, 250)

    /// The rows of the picture.
    func rows() throws -> [[any Chart]] {
        let charts = groups.map(chart)
        let legend = charts.first.map { Legend($0.legend, width: 1000) }
        let rows: [[any Chart]] = stride(from: 0, to: charts.count, by: Self.chartsPerRow).map {
            Array(charts[$0..<min($0 + Self.chartsPerRow, charts.count)])
        }
        return [legend.map { [$0] } ?? []] + rows + (try heatMaps())
    }

    /// The numbers of the axis that all groups share.
    private var range: ClosedRange<Double> {
        let values = accuracies.values.flatMap { [$0.least, $0.greatest] } + (dense.map { [$0] } ?? [])
        return LinearScale.roundRange(covering: values.map { 100 * $0 })
    }

    private func chart(_ group: Int) -> LineChart {
        LineChart(
            title: "group \(group)", x: "sparsity", y: "accuracy (%)",
            series: methods.enumerated().map { index, method in
                LineChart.Series(
                    method, ChartStyle.series(index),
                    sparsities.compactMap { sparsity in
                        accuracies[Place(method: method, group: group, sparsity: sparsity)]
                            .map { $0.sample(sparsity) }
                    })
            },
            reference: dense.map { LineChart.Reference("before", 100 * $0) }, yRange: range, hasLegend: false,
            size: Self.chartSize)
    }

    /// Heat maps, two per row, all with the same colours.
    private func heatMaps() throws -> [[any Chart]] {
        var tables: [(method: String, baseline: String, values: [[Double?]])] = []
        for method in methods {
            guard let baseline = baselines[method] else { continue }
            tables.append((method, baseline, gains(of: method, over: baseline)))
        }
        let greatest = tables.flatMap { $0.values.joined().compactMap { $0?.magnitude } }.max() ?? 0
        let end = max(greatest, 0.1)
        let maps = try tables.map { table in
            try HeatMap(
                title: "gain of \(table.method) over \(table.baseline)", x: "sparsity", y: "group",
                columns: sparsities.map { "\($0)" }, rows: groups.map { "\($0)" }, values: table.values,
                valueTitle: "points of accuracy", domain: -end...end)
        }
        return stride(from: 0, to: maps.count, by: 2).map { Array(maps[$0..<min($0 + 2, maps.count)]) }
    }

    private func gains(of method: String, over baseline: String) -> [[Double?]] {
        groups.map { group in
            sparsities.map { sparsity in
                let own = accuracies[Place(method: method, group: group, sparsity: sparsity)]
                let other = accuracies[Place(method: baseline, group: group, sparsity: sparsity)]
                guard let own, let other else { return nil }
                return 100 * (own.mean - other.mean)
            }
        }
    }
}
