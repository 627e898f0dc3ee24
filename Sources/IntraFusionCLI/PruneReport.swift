import ArgumentParser
import Foundation
import IntraFusion

/// What `prune` prints.
struct PruneReport: Encodable {
    /// A coupled group.
    struct Group: Encodable {
        let index: Int
        let width: Int
        let kept: Int
        let keptChannels: [Int]
        let producers: [String]
        let rule: String?
        /// What the consumers' maps were derived from.
        let sources: [String]?
        let reason: String?

        /// In a word, what the merge rule knew.
        var moments: String {
            guard let sources else { return "" }
            return sources.count > 1 ? "partly \(sources[0])" : sources.first ?? "none"
        }
    }

    let model: String
    let checkpoint: String
    let checkpointChecksum: String
    let options: PruningOptions
    let groups: [Group]
    let frozen: [PruningResult.Frozen]
    let before: NetworkCost
    let after: NetworkCost
    let budgets: [PruningResult.Outcome]
    let accuracy: EvaluationArguments.Accuracies?
    let seconds: Double
    let output: String?
    let planFile: String?
    /// The whole plan, where nothing is written.
    let plan: PruningPlan?
    let device: String
    let threads: Int
    let libtorch: String
    let version: String

    init(
        _ result: PruningResult, source: PruningPlan.Source, plan: PruningPlan?,
        accuracy: EvaluationArguments.Accuracies?, output: String?, planFile: String?, device: Device
    ) {
        model = source.architecture
        checkpoint = source.file
        checkpointChecksum = source.checksum
        options = result.options
        groups = result.groups.map { group in
            Group(
                index: group.index, width: group.width, kept: group.keptChannels.count,
                keptChannels: group.keptChannels, producers: group.producers, rule: group.rule,
                sources: group.sources.map { $0.map(\.rawValue) }, reason: group.reason)
        }
        frozen = result.frozen
        before = result.before
        after = result.after
        budgets = result.outcomes
        self.accuracy = accuracy
        seconds = result.seconds
        self.output = output
        self.planFile = planFile
        self.plan = plan
        self.device = "\(device)"
        threads = Runtime.threadCount
        libtorch = Runtime.version
        version = IntraFusionCommand.configuration.version
    }

    /// The report for people.
    var text: String {
        var table = TextTable(header: ["group", "channels", "kept", "removed", "moments", "producers"])
        for group in groups {
            let removed = 100 * (1 - Double(group.kept) / Double(group.width))
            table.add([
                "\(group.index)", "\(group.width)", "\(group.kept)", String(format: "%.1f %%", removed),
                group.moments,
                group.producers.joined(separator: " ") + (group.reason.map { " (\($0))" } ?? ""),
            ])
        }
        let steps = options.steps == 1 ? "" : ", \(options.steps) steps (\(options.schedule))"
        var parts = [
            """
            \(model) from \(checkpoint), \(options.importance), \(options.rule), \(options.allocation), \
            \(options.order.rawValue)\(steps)
            """,
            table.text(leading: [4, 5]),
        ]
        if !frozen.isEmpty { parts.append(frozen.map(Self.line).joined(separator: "\n")) }
        parts.append(Self.costs(before, after, accuracy))
        if !budgets.isEmpty {
            parts.append(
                budgets.map { outcome in
                    String(
                        format: "%@: asked for at most %.2f %%, reached %.2f %%",
                        Self.name(outcome.budget.quantity), outcome.asked * 100, outcome.reached * 100)
                }.joined(separator: "\n"))
        }
        var endings = [String(format: "%.2f s", seconds)]
        if let output { endings.append("written to \(output)") }
        if let planFile { endings.append("plan written to \(planFile)") }
        if plan != nil { endings.append("nothing was written") }
        parts.append(endings.joined(separator: "; "))
        return parts.joined(separator: "\n\n")
    }

    private static func line(_ frozen: PruningResult.Frozen) -> String {
        "frozen: \(frozen.width) channels of \(frozen.members.joined(separator: ", ")): \(frozen.reason)"
    }

    private static func name(_ quantity: Budget.Quantity) -> String {
        switch quantity {
        case .multiplyAccumulates: "multiply-accumulates"
        case .parameters: "parameters"
        case .bytes: "bytes of the parameters"
        case .latency: "time of one run"
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
