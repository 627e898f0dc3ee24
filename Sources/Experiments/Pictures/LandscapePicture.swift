internal import Charts
internal import Compression
internal import Evaluation
internal import Foundation
internal import Pruning

/// A loss landscape as a picture: filled contours with the networks marked, or the curve of a line.
public struct LandscapePicture: Sendable {
    private let record: LandscapeRecord
    private let showsAccuracy: Bool

    /// The share of the grid with distinct colours; higher losses, which may be huge, share the last colour.
    private static let coloredShare = 0.9

    /// Takes the measurements.
    ///
    /// - Parameters:
    ///   - record: The landscape.
    ///   - showsAccuracy: Whether contours show the accuracy instead of the loss.
    public init(_ record: LandscapeRecord, showsAccuracy: Bool = false) {
        (self.record, self.showsAccuracy) = (record, showsAccuracy)
    }

    /// Returns the picture as an SVG file.
    ///
    /// - Throws: `LandscapeError` if places are missing or no loss is finite.
    public func svg() throws -> String {
        let result = record.result
        guard result.isComplete else {
            throw LandscapeError(
                "\(result.count - result.measuredCount) of \(result.count) places are not measured yet")
        }
        return try figure(result).svg
    }

    private func figure(_ result: LandscapeResult) throws -> Figure {
        let images =
            result.samples < result.availableSamples
            ? "the first \(result.samples) of \(result.availableSamples)" : "all \(result.samples)"
        let notes = ["\(images) test images of \(record.images.name)"]
        if result.isLine {
            return Figure(
                title: "From \(result.points[0].name) to \(result.points[1].name)", notes: notes,
                rows: [[curve(result, accuracy: false), curve(result, accuracy: true)]])
        }
        var title = "\(showsAccuracy ? "Test accuracy" : "Test loss") of \(record.networks[0].architecture)"
        if let options = record.options {
            title += ", group \(options.group) at sparsity \(options.sparsity.value)"
        }
        let chart = try contours(result)
        return Figure(title: title, notes: notes + Self.cut(chart, result), rows: [[chart]])
    }

    /// Names the losses that share the last colour, and the highest of them.
    private static func cut(_ chart: ContourChart, _ result: LandscapeResult) -> [String] {
        guard let limit = chart.limit else { return [] }
        let losses = result.grid.map { $0?.loss }
        let greatest =
            losses.contains(nil)
            ? "not finite" : (losses.compactMap { $0 }.max()).map { String(format: "%.2f", $0) }
        return [
            "losses above \(String(format: "%.2f", limit)) share the last colour; the greatest is \(greatest ?? "")"
        ]
    }

    /// The value shown: the loss in nats, or the accuracy in percent.
    private static func value(_ measurement: LossMeasurement?, accuracy: Bool) -> Double? {
        accuracy ? measurement.map { 100 * $0.accuracy.fraction } : measurement?.loss
    }

    private static func valueTitle(accuracy: Bool) -> String {
        accuracy ? "accuracy (%)" : "loss (mean cross-entropy)"
    }

    private func contours(_ result: LandscapeResult) throws -> ContourChart {
        let values = result.grid.map { Self.value($0, accuracy: showsAccuracy) }
        let known = values.compactMap { $0 }.sorted()
        guard let greatest = known.last else {
            throw LandscapeError("no loss on the grid is a finite number")
        }
        let points = result.points.compactMap { Self.value($0.measurement, accuracy: showsAccuracy) }
        let quantile = known[Int(Double(known.count - 1) * Self.coloredShare)]
        let limit = showsAccuracy ? nil : max(quantile, points.max() ?? quantile)
        return ContourChart(
            x: "distance in weights", y: "distance in weights",
            field: try GridField(xs: result.xs, ys: result.ys, values: values.map { $0 ?? greatest }),
            marks: result.points.map { point in
                ContourChart.Mark(label(point), ChartPoint(point.x, point.y))
            },
            valueTitle: Self.valueTitle(accuracy: showsAccuracy), greatest: limit)
    }

    private func label(_ point: LandscapeResult.Point) -> String {
        let name = point.name == DeletionRule.name ? "deleted" : point.name.replacing("_", with: " ")
        guard let value = Self.value(point.measurement, accuracy: showsAccuracy) else { return name }
        return "\(name): \(String(format: showsAccuracy ? "%.1f %%" : "%.3f", value))"
    }

    private func curve(_ result: LandscapeResult, accuracy: Bool) -> LineChart {
        let samples = zip(result.xs, result.grid).compactMap { x, measurement in
            Self.value(measurement, accuracy: accuracy).map { LineChart.Series.Sample(x, $0) }
        }
        let title = Self.valueTitle(accuracy: accuracy)
        return LineChart(
            title: "", x: "distance in weights from \(result.points[0].name)", y: title,
            series: [LineChart.Series(title, ChartStyle.series(0), samples)], hasLegend: false,
            size: ChartSize(440, 340))
    }
}
