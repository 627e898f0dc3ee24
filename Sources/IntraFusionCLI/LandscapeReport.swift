import Foundation
import IntraFusion

/// What `landscape` prints for people.
struct LandscapeReport {
    let record: LandscapeRecord
    private let files: [String]

    init(_ record: LandscapeRecord, files: [String]) {
        (self.record, self.files) = (record, files)
    }

    var text: String {
        let result = record.result
        var table = TextTable(header: ["network", "x", "y", "loss", "accuracy"])
        for point in result.points {
            table.add([
                point.name, String(format: "%.4f", point.x), String(format: "%.4f", point.y),
                point.measurement?.loss.map { String(format: "%.4f", $0) } ?? "not finite",
                point.measurement.map { String(format: "%.2f %%", 100 * $0.accuracy.fraction) } ?? "",
            ])
        }
        let limit =
            result.samples < result.availableSamples
            ? "the first \(result.samples) of \(result.availableSamples)" : "all \(result.samples)"
        let network = record.networks.map(\.file).joined(separator: " to ")
        let place =
            record.options.map { ", group \($0.group) at sparsity \($0.sparsity.value)" } ?? ""
        let grid =
            result.isLine ? "\(result.xs.count) points" : "a grid of \(result.xs.count) x \(result.ys.count)"
        let losses = result.grid.compactMap { $0?.loss }
        let range =
            losses.isEmpty
            ? "no loss is finite"
            : String(format: "loss %.4f ... %.4f", losses.min() ?? 0, losses.max() ?? 0)
        let written = files.isEmpty ? "" : "; written to \(files.joined(separator: ", "))"
        return """
            \(network)\(place), \(limit) test images of \(record.images.name)

            \(table.text(leading: [0]))

            \(grid), \(range)
            \(String(format: "%.1f s", result.seconds)) of measuring\(written)
            """
    }
}
