internal import Charts

/// Accuracies over seeds: their mean and range.
struct AccuracyRange {
    /// The mean, 0 ... 1.
    let mean: Double
    /// The lowest.
    let least: Double
    /// The highest.
    let greatest: Double

    /// A single accuracy.
    init(_ value: Double) {
        (mean, least, greatest) = (value, value, value)
    }

    /// The range in a study's summary.
    init(_ summary: StudySummary) {
        (mean, least, greatest) = (summary.mean, summary.least, summary.greatest)
    }

    /// A point of a line, in percent.
    func sample(_ x: Double) -> LineChart.Series.Sample {
        LineChart.Series.Sample(
            x, 100 * mean, spread: least < greatest ? 100 * least...100 * greatest : nil)
    }
}
