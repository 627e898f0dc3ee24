import Foundation
import IntraFusion
import Reports

/// The results of a study as a page.
struct StudyPage {
    private let result: StudyResult

    init(_ result: StudyResult) { self.result = result }

    func page() throws -> ReportPage {
        let failures = result.networks.flatMap { network in
            network.cells.compactMap { cell in
                cell.failure.map {
                    [ReportTable.Cell.text(network.name), .text(cell.place.method), .text($0)]
                }
            }
        }
        return ReportPage(
            title: "Study \(result.study.name)",
            subtitle: result.networks.map(\.name).joined(separator: ", "),
            facts: result.networks.compactMap { network in
                network.dense.map {
                    ReportPage.Fact(
                        "\(network.name) before pruning, \(network.samples) images of \(network.dataset)",
                        after: Self.percent($0.fraction))
                }
            },
            sections: [
                ReportPage.Section(
                    "Accuracies", figure: try StudyPicture(result).svg(),
                    tables: result.networks.map(table) + [
                        ReportTable("What failed", header: ["network", "method", "reason"], rows: failures)
                    ]),
                ReportPage.Section(
                    "How to reproduce it",
                    tables: [
                        ReportTable(
                            "Files",
                            header: ["network", "file", "CRC-32", "data set", "CRC-32 of the test images"],
                            rows: result.networks.map { network in
                                [
                                    network.name, network.file, network.checksum, network.dataset,
                                    network.dataChecksum,
                                ]
                                .map { .text($0) }
                            }),
                        ReportTable(
                            "Versions", header: ["what", "value"],
                            rows: [
                                ("intrafusion", result.environment.version),
                                ("libtorch", result.environment.libtorch),
                                ("device", result.environment.device),
                            ].map { [.text($0.0), .text($0.1)] }),
                    ],
                    codes: [
                        ReportPage.Code(
                            "The study, for intrafusion study", try JSONText.encode(result.study),
                            isFolded: true)
                    ]),
            ], footer: "Made by IntraFusion \(ProductVersion.current).")
    }

    /// Means over the seeds, or over the groups.
    private func table(_ network: StudyResult.Network) -> ReportTable {
        ReportTable(
            "\(network.name): accuracies over seeds or groups",
            header: [
                "scope", "method", "group", "sparsity", "mean", "least", "greatest", "parameters left",
                "multiply-accumulates left",
            ],
            rows: network.summaries.map { summary in
                [
                    .text(summary.scope == .whole ? "every group" : "one at a time"), .text(summary.method),
                    .number(summary.group.map(Double.init), summary.group.map { "\($0)" } ?? ""),
                    .number(summary.sparsity),
                ]
                    + [
                        summary.mean, summary.least, summary.greatest, summary.parametersLeft,
                        summary.multiplyAccumulatesLeft,
                    ].map { .number($0, Self.percent($0)) }
            })
    }

    private static func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
}
