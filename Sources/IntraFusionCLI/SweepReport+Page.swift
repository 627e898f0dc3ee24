import IntraFusion
import Reports

extension SweepReport {
    /// The report as a page.
    func page() throws -> ReportPage {
        let columns = ["group", "sparsity", "channels", "kept"] + rules
        let cells = rows.map { row -> [ReportTable.Cell] in
            [.number(row.group), .number(row.sparsity), .number(row.channels), .number(row.kept)]
                + rules.map { rule in .number(row.accuracy[rule], row.accuracy[rule].map(Self.percent) ?? "")
                }
        }
        return ReportPage(
            title: "\(model), one group pruned at a time", subtitle: checkpoint,
            verdict: complete
                ? nil : ReportPage.Verdict("Interrupted: only finished rows are shown.", level: .neutral),
            facts: denseAccuracy.map {
                [
                    ReportPage.Fact(
                        "accuracy before pruning, \(samples) images of \(dataset)", after: Self.percent($0))
                ]
            } ?? [],
            sections: [
                ReportPage.Section(
                    "Accuracies",
                    figure: try SweepPicture(result, model: model, dataset: dataset).svg(),
                    tables: [ReportTable("Accuracy by merge rule", header: columns, rows: cells)]),
                ReportPage.Section(
                    "How to reproduce it",
                    tables: [
                        ReportTable(
                            "Files", header: ["what", "where", "CRC-32"],
                            rows: [
                                [.text("weights"), .text(checkpoint), .text(checkpointChecksum)],
                                [.text("test images"), .text(data), .text(dataChecksum)],
                            ]),
                        ReportTable(
                            "Versions and seeds", header: ["what", "value"],
                            rows: [
                                ("intrafusion", version), ("libtorch", libtorch), ("device", device),
                                ("threads", "\(threads)"), ("criterion", options.scoring.criterion),
                                ("seed", "\(seed)"),
                            ].map { [.text($0.0), .text($0.1)] }),
                    ], codes: [ReportPage.Code("Command", command)]),
            ], footer: "Made by IntraFusion \(ProductVersion.current).")
    }
}
