import Foundation
import IntraFusion
import Reports

extension PruneReport {
    /// How many names of layers or parameters are listed before the rest is counted.
    private static let mostNames = 4

    /// The report as a page.
    func page() -> ReportPage {
        ReportPage(
            title: "\(model), pruned",
            subtitle: ([checkpoint] + [output].compactMap { $0 }).joined(separator: " → "),
            verdict: pageVerdict, facts: facts,
            sections: [layersSection, frozenSection]
                + [changesSection, sizesSection, timesSection].compactMap { $0 }
                + [reproductionSection],
            footer: "Made by IntraFusion \(version).")
    }

    private var pageVerdict: ReportPage.Verdict {
        guard let judgement else {
            return ReportPage.Verdict(
                "The result was not compared with the original: there were no inputs for it.", level: .neutral
            )
        }
        let lines = verdictLines(of: judgement)
        let level: ReportPage.Level =
            switch judgement.verdict {
            case .faithful: .good
            case .close: .fair
            case .poor, .broken, .unknown: .poor
            }
        let sentence = lines[0].hasPrefix("WARNING: ") ? String(lines[0].dropFirst(9)) : lines[0]
        return ReportPage.Verdict(
            sentence.prefix(1).uppercased() + sentence.dropFirst(), level: level,
            details: Array(lines.dropFirst()))
    }

    private var facts: [ReportPage.Fact] {
        func share(_ before: Double, _ after: Double) -> String {
            before > 0 ? "\(Self.percent(after / before)) left".replacing(" %", with: "\u{A0}%") : ""
        }
        func fact(_ name: String, _ path: KeyPath<NetworkCost, Int>) -> ReportPage.Fact {
            ReportPage.Fact(
                name, before: before[keyPath: path].formatted(.number.locale(Self.locale)),
                after: after[keyPath: path].formatted(.number.locale(Self.locale)),
                share: share(Double(before[keyPath: path]), Double(after[keyPath: path])))
        }
        var facts = [
            fact("parameters", \.parameters), fact("multiply-accumulates", \.multiplyAccumulates),
            fact("bytes of the parameters", \.bytes),
        ]
        if let times = deployment?.times {
            facts.append(
                ReportPage.Fact(
                    "one run, in \(deployment?.title ?? "")",
                    before: RuntimeComparison.milliseconds(times.base.median),
                    after: RuntimeComparison.milliseconds(times.other.median),
                    share: "\(Self.percent(times.share)) of the time"))
        }
        if let accuracy {
            facts.append(
                ReportPage.Fact(
                    "accuracy, \(accuracy.samples) of \(accuracy.dataset)",
                    before: Self.percent(accuracy.before), after: Self.percent(accuracy.after)))
        }
        return facts
    }

    /// Numbers look alike everywhere.
    private static let locale = Locale(identifier: "en_US")

    private var layersSection: ReportPage.Section {
        let rows = groups.sorted { $0.index > $1.index }.map { group -> [ReportTable.Cell] in
            let removed = 1 - Double(group.kept) / Double(max(group.width, 1))
            let error = group.candidates.last?.first(where: \.isChosen)?.error
            return [
                .text(Self.shortened(group.producers)), .number(group.width), .number(group.kept),
                .number(removed, Self.percent(removed)),
                .text(group.form.isEmpty ? group.rule ?? "" : group.form),
                .number(error, error.map { Self.percent(min($0, 1e4)) } ?? ""),
                .text(([group.reason].compactMap { $0 } + group.notes).joined(separator: "; ")),
                .number(group.index),
            ]
        }
        let pairs = (factored ?? []).map { layer -> [ReportTable.Cell] in
            [
                .text(layer.weight), .number(layer.outputs), .number(layer.rank),
                .number(layer.share, Self.percent(layer.share)),
            ]
        }
        let fits = fitted.map { layer -> [ReportTable.Cell] in
            [
                .text(layer.layer), .number(layer.fanIn),
                .number(layer.errorBefore, Self.percent(layer.errorBefore)),
                .number(layer.errorAfter, Self.percent(layer.errorAfter)),
            ]
        }
        let repairs = repaired.map { layer -> [ReportTable.Cell] in
            [
                .text(layer.layer), .number(layer.channels),
                .number(layer.deviationRatio, String(format: "%.2f", layer.deviationRatio)),
            ]
        }
        return ReportPage.Section(
            "Layer by layer, before and after",
            paragraphs: [calibrationText, spareText.map { $0 + "." }].compactMap { $0 },
            figure: WidthsPicture(groups.map(\.result), model: model).svg,
            tables: [
                ReportTable(
                    "Channels of each coupled group, from input to output; the predicted error is a share of the variance of the outputs that read the group",
                    header: [
                        "layers", "before", "kept", "removed", "merged by", "predicted error", "remarks",
                        "group",
                    ],
                    rows: rows),
                ReportTable(
                    "Layers that are the product of two now; both together have a share of the one's parameters",
                    header: ["layer", "outputs", "rank", "parameters"], rows: pairs),
                ReportTable(
                    "Fitted layers: the error of their outputs as a share of their variance, on held-out inputs",
                    header: ["layer", "inputs", "before the fit", "after"], rows: fits),
                ReportTable(
                    "Repaired layers: the deviation of their channels as a multiple of what it should be",
                    header: ["layer", "channels", "deviation before"], rows: repairs),
            ])
    }

    private var frozenSection: ReportPage.Section {
        let whole = groups.filter { $0.kept == $0.width }
        let share = frozenCauses.reduce(0) { $0 + $1.share }
        var paragraphs = [
            frozenCauses.isEmpty
                ? "No parameters belong to channels that cannot be pruned."
                : "Channels that cannot be pruned, each with the share of the original's parameters that it belongs to. A parameter may belong to several."
        ]
        if share >= 0.5 {
            paragraphs.append(
                "This is much of the network. intrafusion inspect names the nodes; another export may avoid them."
            )
        }
        return ReportPage.Section(
            "Frozen channels, and why", paragraphs: paragraphs,
            tables: [
                ReportTable(
                    "Frozen channels and their share of the parameters",
                    header: ["reason", "share", "channels", "node", "parameters"],
                    rows: frozenCauses.map { cause in
                        [
                            .text(cause.reason), .number(cause.share, Self.percent(cause.share)),
                            .number(cause.channels),
                            .text(
                                [cause.node, cause.operatorType.map { "(\($0))" }].compactMap { $0 }.joined(
                                    separator: " ")),
                            .text(Self.shortened(cause.parameters)),
                        ]
                    }),
                ReportTable(
                    "Groups kept whole, although they can be pruned",
                    header: ["layers", "channels", "reason"],
                    rows: whole.map {
                        [.text(Self.shortened($0.producers)), .number($0.width), .text($0.reason ?? "")]
                    }),
            ])
    }

    /// Pictures of so few pixels are shown with each as a square.
    private static let coarseSide = 64

    /// Whether a PNG file, which begins with its width and height, has few pixels.
    private static func isCoarse(_ png: Data) -> Bool {
        func length(_ place: Int) -> Int { png.dropFirst(place).prefix(4).reduce(0) { $0 << 8 | Int($1) } }
        return png.count >= 24 && max(length(16), length(20)) <= coarseSide
    }

    private var changesSection: ReportPage.Section? {
        guard let judgement, !changes.isEmpty else { return nil }
        let cards = changes.enumerated().map { place, change in
            let picture = pictures.flatMap { $0.indices.contains(place) ? $0[place] : nil }
            return ReportPage.Card(
                "input \(change.sample + 1)", lines: Self.lines(change), png: picture,
                isCoarse: picture.map(Self.isCoarse) ?? false)
        }
        let same = changes.allSatisfy { $0.kept >= 1 }
        return ReportPage.Section(
            "Inputs whose answers changed most",
            paragraphs: [
                "Of \(judgement.fidelity.samples) held-out inputs, those whose answers differ most from the original's."
                    + (same ? " All decisions are the same." : "")
            ], cards: cards)
    }

    private static func lines(_ change: AnswerChange) -> [String] {
        func text(_ decision: AnswerChange.Decision) -> String {
            "class \(decision.classIndex) (\(percent(decision.probability)))"
        }
        var lines: [String] = []
        if let before = change.before, let after = change.after {
            lines = ["before: \(text(before))", "after: \(text(after))"]
            if before.classIndex != after.classIndex { lines.append("The decision changed.") }
        } else {
            lines = ["kept: \(percent(change.kept))"]
        }
        lines.append(String(format: "error %.4f", change.divergence))
        return lines.map { $0.replacing(" %", with: "\u{A0}%") }
    }

    /// Sizes tried, budgets, and ways that competed; nil where there is none of it.
    private var sizesSection: ReportPage.Section? {
        var tables: [ReportTable] = []
        if let curve {
            tables.append(
                ReportTable(
                    "Sizes tried",
                    header: ["multiply-accumulates left", "parameters left", "kept"],
                    rows: curve.map { point in
                        [point.multiplyAccumulates, point.parameters, point.kept].map {
                            .number($0, Self.percent($0))
                        }
                    }))
        }
        tables.append(
            ReportTable(
                "Budgets, as shares of the original's", header: ["quantity", "asked for at most", "reached"],
                rows: budgets.map { outcome in
                    [
                        .text(name(outcome.budget.quantity)),
                        .number(outcome.asked, Self.percent(outcome.asked)),
                        .number(outcome.reached, Self.percent(outcome.reached)),
                    ]
                }))
        tables.append(
            ReportTable(
                "Candidate allocations, by their error on held-out inputs",
                header: ["way", "error", "layers fitted", "chosen"],
                rows: contest.map { one in
                    [
                        .text(one.growth.description),
                        .number(one.divergence, String(format: "%.4f", one.divergence)),
                        .number(one.share, Self.percent(one.share)), .text(one.isChosen ? "yes" : ""),
                    ]
                }))
        tables.removeAll(where: \.isEmpty)
        return tables.isEmpty ? nil : ReportPage.Section("How the size was found", tables: tables)
    }

    /// Where the time goes if what is saved does not arrive; nil if it does.
    private var timesSection: ReportPage.Section? {
        guard let times = deployment?.times, let shortfall = deployment?.shortfall else { return nil }
        return ReportPage.Section(
            "Where the time goes", paragraphs: [shortfall.text(times)],
            tables: [
                ReportTable(
                    "A run in \(deployment?.title ?? ""), by types of nodes",
                    header: ["type", "before (ms)", "after (ms)", "change"],
                    rows: shortfall.operators.map { one in
                        [.text(one.name)]
                            + [one.base, one.other].map { .number($0, String(format: "%.3f", $0 * 1000)) }
                            + [.text(LatencyShortfall.change(one.base, one.other))]
                    })
            ])
    }

    private var reproductionSection: ReportPage.Section {
        let options = (try? JSONText.encode(self.options)) ?? ""
        return ReportPage.Section(
            "How to reproduce it",
            paragraphs: ["The same command with the same versions writes the same file."],
            tables: [
                ReportTable(
                    "Files", header: ["role", "file", "bytes", "SHA-256"],
                    rows: files.map {
                        [.text($0.role.rawValue), .text($0.path), .number($0.bytes), .text($0.sha256)]
                    }),
                ReportTable(
                    "Versions and seeds", header: ["what", "value"],
                    rows: [
                        ("intrafusion", version), ("libtorch", libtorch), ("device", device),
                        ("threads", "\(threads)"),
                        ("seed", "\(self.options.seed)"), ("seconds", String(format: "%.1f", seconds)),
                    ].map { [.text($0.0), .text($0.1)] }),
            ],
            codes: [ReportPage.Code("Command", command)]
                + (options.isEmpty ? [] : [ReportPage.Code("All options", options, isFolded: true)]))
    }

    private static func shortened(_ names: [String]) -> String {
        let more = names.count > mostNames ? " and \(names.count - mostNames) more" : ""
        return names.prefix(mostNames).joined(separator: ", ") + more
    }
}
