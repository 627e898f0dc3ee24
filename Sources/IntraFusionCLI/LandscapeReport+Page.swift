import Foundation
import IntraFusion
import Reports

extension LandscapeReport {
    /// The report as a page.
    ///
    /// - Throws: `LandscapeError` where places are not measured yet.
    func page() throws -> ReportPage {
        let result = record.result
        func number(_ value: Double?) -> ReportTable.Cell {
            .number(value, value.map { String(format: "%.4f", $0) })
        }
        return ReportPage(
            title: "Loss landscape of \(record.networks.map(\.architecture).joined(separator: " and "))",
            subtitle: record.networks.map(\.file).joined(separator: " → "),
            sections: [
                ReportPage.Section(
                    "The plane", figure: try LandscapePicture(record).svg(),
                    tables: [
                        ReportTable(
                            "Networks on it, by distances in weights",
                            header: ["network", "x", "y", "loss", "accuracy"],
                            rows: result.points.map { point in
                                let accuracy = point.measurement?.accuracy.fraction
                                return [
                                    .text(point.name), number(point.x), number(point.y),
                                    number(point.measurement?.loss),
                                    .number(accuracy, accuracy.map(PruneReport.percent) ?? ""),
                                ]
                            })
                    ]),
                ReportPage.Section(
                    "How to reproduce it",
                    tables: [
                        ReportTable(
                            "Files", header: ["what", "CRC-32"],
                            rows: record.networks.map { [.text($0.file), .text($0.checksum)] } + [
                                [
                                    .text("test images of \(record.images.name)"),
                                    .text(record.images.checksum),
                                ]
                            ]),
                        ReportTable(
                            "Versions", header: ["what", "value"],
                            rows: [
                                ("intrafusion", record.environment.version),
                                ("libtorch", record.environment.libtorch),
                                ("device", record.environment.device),
                            ].map { [.text($0.0), .text($0.1)] }),
                    ]),
            ], footer: "Made by IntraFusion \(ProductVersion.current).")
    }
}
