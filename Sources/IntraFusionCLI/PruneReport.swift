import ArgumentParser
import Foundation
import IntraFusion

/// What `prune` prints.
struct PruneReport: Codable {
    /// A coupled group.
    struct Group: Codable {
        let index: Int
        let width: Int
        let kept: Int
        let keptChannels: [Int]
        let producers: [String]
        let rule: String?
        /// What the consumers' maps were derived from.
        let sources: [String]?
        /// What the rule chose among, one step after the other.
        let candidates: [[MergeCandidate]]
        let reason: String?
        let notes: [String]

        init(_ group: PruningResult.Group) {
            (index, width, kept) = (group.index, group.width, group.keptChannels.count)
            (keptChannels, producers, rule) = (group.keptChannels, group.producers, group.rule)
            sources = group.sources.map { $0.map(\.rawValue) }
            (candidates, reason, notes) = (group.candidates, group.reason, group.notes)
        }

        /// The group as the library describes it.
        var result: PruningResult.Group {
            PruningResult.Group(
                index: index, width: width, keptChannels: keptChannels, rule: rule,
                sources: sources.map { $0.compactMap(ChannelMap.Consumer.Basis.init) },
                candidates: candidates, producers: producers, reason: reason, notes: notes)
        }

        /// In a word, what the merge rule knew.
        var moments: String {
            guard let sources else { return "" }
            return sources.count > 1 ? "partly \(sources[0])" : sources.first ?? "none"
        }

        /// Why it is whole, or what is to be said about its channels, in brackets.
        var remarks: String {
            let all = [reason].compactMap { $0 } + notes
            return all.isEmpty ? "" : " (\(all.joined(separator: "; ")))"
        }

        /// The forms that were chosen, each once.
        var form: String {
            let chosen = candidates.joined().filter(\.isChosen).map(\.form)
            return MergeCandidate.Form.allCases.filter(chosen.contains).map(\.rawValue)
                .joined(separator: " ")
        }

        /// The error that each form is predicted to cause in the last step, in percent.
        func error(_ form: MergeCandidate.Form) -> String {
            guard let candidate = candidates.last?.first(where: { $0.form == form }) else { return "" }
            guard let error = candidate.error else { return "unknown" }
            return String(format: "%.1f %%", 100 * min(error, 1e4)) + (candidate.basis == .weights ? "*" : "")
        }
    }

    let model: String
    let checkpoint: String
    let checkpointChecksum: String
    /// The lengths that were chosen where the file leaves them open.
    let assumptions: AssumedShapes
    let options: PruningOptions
    let groups: [Group]
    /// What goes without loss; nil where nothing is known to.
    let spare: PruningResult.Spare?
    /// The layers that are products of two now; nil where layers were not to be.
    let factored: [PruningResult.Factored]?
    let frozen: [PruningResult.Frozen]
    /// Why channels are frozen, and which share of the parameters they take.
    let frozenCauses: [FrozenCause]
    let before: NetworkCost
    let after: NetworkCost
    let budgets: [PruningResult.Outcome]
    /// What layers were mended on.
    let calibration: PruningResult.CalibrationSummary?
    /// What was done to layers that were fitted.
    let fitted: [LayerReconstruction.Report]
    /// What was done to layers whose statistics were repaired.
    let repaired: [StatisticsRepair.Report]
    /// What refining all layers together came to.
    let refinement: NetworkRefinement.Report?
    /// What it costs that weights are stored as integers again.
    let requantisation: Requantisation?
    let accuracy: EvaluationArguments.Accuracies?
    /// The ways of dividing what is removed among groups that competed.
    let contest: [PruningResult.Contender]
    /// How the result compares with the original; nil where there are no inputs to compare them on.
    let judgement: PruningResult.Judgement?
    /// The held-out inputs whose answers changed most.
    let changes: [AnswerChange]
    /// These inputs as PNG files, in base 64 where written as JSON; nil where none is a picture.
    let pictures: [Data?]?
    /// The sizes that were looked at, where one was searched for.
    let curve: [AgreementSearch.Point]?
    /// In a word, how much of the original is left.
    let verdict: Fidelity.Verdict?
    /// The least share of the original's answers that an output keeps.
    let agreement: Double?
    /// The times of the original and the result in the runtime where they will be used.
    let deployment: RuntimeComparison?
    /// In what the budget of latency was measured.
    let latencyRuntime: String?
    let seconds: Double
    let output: String?
    /// Where the plan was written.
    let planFile: String?
    /// The plan that was read, where one was.
    let appliedPlan: String?
    /// The whole plan, where nothing is written.
    let plan: PruningPlan?
    /// The command line.
    let command: String
    /// The files that were read and written.
    let files: [FileRecord]
    let device: String
    let threads: Int
    let libtorch: String
    let version: String

    init(
        _ result: PruningResult, of network: NetworkFile, source: PruningPlan.Source, plan: PruningPlan?,
        accuracy: EvaluationArguments.Accuracies?, output: String?, planFile: String? = nil,
        appliedPlan: String? = nil, comparison: AnswerComparison?, files: [FileRecord],
        curve: [AgreementSearch.Point]? = nil, device: Device, preparation: Duration = .zero,
        deployment: RuntimeComparison? = nil, latencyRuntime: String? = nil
    ) throws {
        model = source.architecture
        checkpoint = source.file
        checkpointChecksum = source.checksum
        assumptions = AssumedShapes(network)
        options = result.options
        groups = result.groups.map(Group.init)
        spare = result.spare
        factored = result.options.layers == .factored ? result.factored : nil
        frozen = result.frozen
        frozenCauses = result.frozenCauses
        before = result.before
        after = result.after
        budgets = result.outcomes
        calibration = result.calibration
        fitted = result.layers
        repaired = result.repaired
        refinement = result.refinement
        contest = result.contest
        requantisation = try network.model?.requantisation(of: result.graph)
        self.accuracy = accuracy
        judgement = comparison?.judgement
        changes = comparison?.changes ?? []
        pictures = comparison.flatMap { $0.pictures.contains { $0 != nil } ? $0.pictures : nil }
        self.curve = curve
        verdict = judgement?.verdict
        agreement = judgement?.fidelity.kept
        self.files = files
        command = ShellText.commandLine
        self.deployment = deployment
        self.latencyRuntime = latencyRuntime
        seconds = result.seconds + preparation / .seconds(1)
        self.output = output
        self.planFile = planFile
        self.appliedPlan = appliedPlan
        self.plan = plan
        self.device = "\(device)"
        threads = Runtime.threadCount
        libtorch = Runtime.version
        version = ProductVersion.current
    }

    /// The report for people.
    var text: String {
        var table = TextTable(header: ["group", "channels", "kept", "removed", "moments", "producers"])
        for group in groups {
            let removed = 100 * (1 - Double(group.kept) / Double(group.width))
            table.add([
                "\(group.index)", "\(group.width)", "\(group.kept)", String(format: "%.1f %%", removed),
                group.moments,
                group.producers.joined(separator: " ") + group.remarks,
            ])
        }
        let steps = options.steps == 1 ? "" : ", \(options.steps) steps (\(options.schedule))"
        var parts = [assumptions.line].compactMap { $0 }
        if let judgement { parts.append(verdictLines(of: judgement).joined(separator: "\n")) }
        if let curve { parts.append(Self.text(curve)) }
        parts += [
            """
            \(model) from \(checkpoint), \(options.criterion), \(options.chosenRule), \(options.chosenAllocation), \
            \(options.order.rawValue)\(steps)
            """,
            table.text(leading: [4, 5]),
        ]
        if let forms { parts.append(forms) }
        if let spareText { parts.append(spareText) }
        if let factoredText { parts.append(factoredText) }
        if !frozen.isEmpty { parts.append(frozen.map(Self.line).joined(separator: "\n")) }
        parts.append(Self.costs(before, after, accuracy))
        if !budgets.isEmpty {
            parts.append(
                budgets.map { outcome in
                    String(
                        format: "%@: asked for at most %.2f %%, reached %.2f %%",
                        name(outcome.budget.quantity), outcome.asked * 100, outcome.reached * 100)
                }.joined(separator: "\n"))
        }
        if let deployment {
            parts.append(
                [deployment.timeText, deployment.checks?.other.text("the result")].compactMap { $0 }
                    .joined(separator: "\n"))
        }
        if let contestText { parts.append(contestText) }
        if let text = calibrationText { parts.append(text) }
        if let requantisation {
            parts.append(
                String(
                    format: "%d weights stored as integers again, which changes them by %.2f %%",
                    requantisation.weights, 100 * requantisation.relativeError))
        }
        var endings = [String(format: "%.2f s", seconds)]
        if let appliedPlan { endings.append("by the plan \(appliedPlan)") }
        if let output { endings.append("written to \(output)") }
        if let planFile { endings.append("plan in \(planFile)") }
        if plan != nil { endings.append("nothing was written: --output <file> writes the network") }
        parts.append(endings.joined(separator: "; "))
        return parts.joined(separator: "\n\n")
    }

    /// A table of what is kept at several sizes.
    static func text(_ curve: [AgreementSearch.Point]) -> String {
        var table = TextTable(header: ["multiply-accumulates left", "parameters left", "kept"])
        for point in curve {
            table.add([point.multiplyAccumulates, point.parameters, point.kept].map(percent))
        }
        return table.text(leading: [])
    }

    /// A share as people read it.
    static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

    /// How the result compares with the original, in words that cannot be overlooked where it is poor.
    ///
    /// - Returns: The verdict, then what it rests on, then what helps where it is poor.
    func verdictLines(of judgement: PruningResult.Judgement) -> [String] {
        let isFitted = options.calibration?.method == .leastSquares
        let fidelity = judgement.fidelity
        let given = judgement.inputs == .images
        let inputs =
            switch judgement.inputs {
            case .images: "held-out inputs"
            case .photographs:
                "held-out crops of bundled photographs; your own inputs would say more"
            default: "synthetic inputs; real ones would say more"
            }
        let outputs = fidelity.outputs.map { output in
            var facts: [String] = []
            if let found = output.foundAgain {
                facts.append("\(Self.percent(found)) of the detections are found again")
            }
            if let agreement = output.agreement {
                facts.append("\(Self.percent(agreement)) of the decisions are the same")
                if let dominance = output.dominance, dominance > 0.5, let rarer = output.rarerAgreement {
                    facts.append("\(Self.percent(rarer)) of those other than the most frequent one")
                }
            }
            if let overlap = output.overlap {
                facts.append("the marked places overlap by \(Self.percent(overlap))")
            }
            facts.append(String(format: "error %.4f", output.divergence))
            if let correlation = output.correlation {
                facts.append(String(format: "correlation %.4f", correlation))
            }
            return "\(output.name): \(facts.joined(separator: ", "))"
        }
        let verdict =
            switch judgement.verdict {
            case .faithful: "The result answers as the original does"
            case .close: "The result answers much as the original does"
            case .poor: "WARNING: many answers of the result differ from the original's"
            case .broken:
                "WARNING: THIS NETWORK \(given ? "IS LIKELY" : "MAY BE") BROKEN, many of its answers differ from the original's"
            case .unknown:
                "WARNING: CANNOT TELL WHETHER THIS NETWORK STILL WORKS: the original's own answers hardly vary here"
            }
        var advice: [String] = []
        switch judgement.verdict {
        case .faithful, .close: break
        case .unknown:
            let kind = given ? "with all kinds of answers" : "of the kind it is used on"
            advice.append("give inputs \(kind) by --calibrate <folder or file>")
        case .poor, .broken:
            advice.append("remove less")
            if !given {
                advice.append("give inputs of the kind it is used on by --calibrate <folder or file>")
            }
            if !isFitted { advice.append("have layers fitted by --effort normal") }
            if isFitted, options.effort != .thorough { advice.append("spend more time by --effort thorough") }
        }
        let help = advice.isEmpty ? [] : ["What helps: \(advice.joined(separator: "; "))."]
        return ["\(verdict) (\(fidelity.samples) \(inputs))."] + outputs + help
    }

    /// How bytes of images became numbers.
    private static func text(_ normalisation: Normalisation?) -> String {
        guard let normalisation else { return "" }
        func list(_ numbers: [Float]) -> String {
            (Set(numbers).count == 1 ? [numbers[0]] : numbers).map { String(format: "%.4g", $0) }
                .joined(separator: " ")
        }
        return " (--mean \(list(normalisation.mean)) --std \(list(normalisation.deviation)))"
    }

    /// What goes without loss, in a line; nil where nothing is known to.
    var spareText: String? {
        spare.map { spare in
            let channels = spare.channels == 1 ? "1 channel" : "\(spare.channels) channels"
            return
                "\(channels) can go without loss, and \(Self.percent(spare.parameters)) of the parameters and \(Self.percent(spare.multiplyAccumulates)) of the multiply-accumulates with them"
        }
    }

    /// Which ways of dividing what is removed were tried, and what came of each; nil where there was one.
    private var contestText: String? {
        guard contest.count > 1 else { return nil }
        let lines = contest.map { one in
            String(
                format: "%@: %.4f, layers %.0f %% fitted%@", one.growth.description, one.divergence,
                100 * one.share, one.isChosen ? ", chosen" : "")
        }
        return (["errors on held-out inputs, where"] + lines.map { "  " + $0 }).joined(
            separator: "\n")
    }

    /// In a sentence, how layers were mended.
    var calibrationText: String? {
        guard let request = options.calibration, let calibration else { return nil }
        let isSynthetic = request.source == .synthetic
        let count = request.images ?? 0
        let origin =
            switch request.source {
            case .images: "\(count) given inputs"
            case .photographs: "\(count) crops of the bundled photographs\(Self.text(request.normalisation))"
            case .synthetic: "\(count) synthetic inputs"
            case .inverted: "\(count) inverted inputs"
            case .automatic: "\(count) inputs"
            }
        var text = "\(origin): "
        func average(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
        switch request.method {
        case .leastSquares:
            text += String(
                format:
                    "%d layers fitted, error of the outputs on average %.1f %% of their variance before, %.1f %% after",
                fitted.count, 100 * average(fitted.map(\.errorBefore)),
                100 * average(fitted.map(\.errorAfter)))
        case .repair:
            text += String(
                format: "%d layers repaired; their deviations were on average %.2f times the original's",
                repaired.count,
                average(repaired.map(\.deviationRatio)))
        }
        if let refinement {
            text += String(
                format: "; %d steps for all together, error on inputs put aside %.3g before, %.3g after%@",
                refinement.steps, refinement.errorBefore, refinement.errorAfter,
                refinement.isKept ? refinement.rate.map { " at a rate of \($0)" } ?? "" : ": not kept")
        }
        if isSynthetic, !calibration.isAnchored {
            text +=
                "; without batch-norms, the activations' moments are those of the synthetic inputs"
        }
        if let drift = calibration.drift, drift.isSuspicious {
            text += String(
                format: """
                    ; these inputs are hardly what the network was trained on, are they normalised as they were then? \
                    In %@ means are off by %.1f of the deviations that the batch-norm tells, and deviations are %.1f times those
                    """, drift.value, drift.shift, drift.spread)
        }
        return text
    }

    /// A table of what the rule chose among; nil where it had no choice.
    private var forms: String? {
        let choosing = groups.filter { !$0.candidates.isEmpty }
        let all = choosing.flatMap { $0.candidates.joined() }
        let shown = MergeCandidate.Form.allCases.filter { form in all.contains { $0.form == form } }
        guard !shown.isEmpty else { return nil }
        var table = TextTable(header: ["group", "chosen"] + shown.map(\.rawValue))
        for group in choosing { table.add(["\(group.index)", group.form] + shown.map(group.error)) }
        let byWeights = all.contains { $0.basis == .weights }
        return """
            predicted errors of what reads each group, as shares of its variance\
            \(byWeights ? " (*: by the weights alone)" : "")

            \(table.text(leading: [1]))
            """
    }

    /// A table of the layers that are products of two now; nil where there is none.
    private var factoredText: String? {
        guard let factored, !factored.isEmpty else { return nil }
        var table = TextTable(header: ["two layers for one", "outputs", "rank", "parameters of both"])
        for layer in factored {
            table.add([
                layer.weight, "\(layer.outputs)", "\(layer.rank)", "\(Self.percent(layer.share)) of the one",
            ])
        }
        return table.text(leading: [0])
    }

    private static func line(_ frozen: PruningResult.Frozen) -> String {
        "frozen: \(frozen.width) channels of \(frozen.members.joined(separator: ", ")): \(frozen.reason)"
    }

    func name(_ quantity: Budget.Quantity) -> String {
        switch quantity {
        case .multiplyAccumulates: "multiply-accumulates"
        case .parameters: "parameters"
        case .bytes: "bytes of the parameters"
        case .latency: "time of one run\(latencyRuntime.map { " in \($0)" } ?? "")"
        }
    }

    /// A table of what two networks cost.
    static func costs(
        _ before: NetworkCost, _ after: NetworkCost, _ accuracy: EvaluationArguments.Accuracies?
    ) -> String {
        var table = TextTable(header: ["", "before", "after", "left"])
        for (name, path) in [
            ("parameters", \NetworkCost.parameters), ("multiply-accumulates", \.multiplyAccumulates),
            ("bytes", \.bytes),
        ] {
            let share = 100 * Double(after[keyPath: path]) / Double(max(before[keyPath: path], 1))
            table.add([
                name, "\(before[keyPath: path])", "\(after[keyPath: path])",
                String(format: "%.2f %%", share),
            ])
        }
        if let accuracy {
            table.add([
                "accuracy (\(accuracy.samples) of \(accuracy.dataset))",
                String(format: "%.2f %%", accuracy.before * 100),
                String(format: "%.2f %%", accuracy.after * 100),
            ])
        }
        return table.text(leading: [0])
    }
}
