import Analysis
import AnalysisSupport
import Calibration
import Checkpoints
import Compression
import Coupling
import Foundation
import Graph
import Importance
import Models
import NetworkSupport
import OptimalTransport
import Pruning
import TestSupport
import Testing
import Torch

@Suite("Pruning whole networks")
struct PrunerTests {
    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test("one coupling is computed a round, whatever asks about the network", arguments: [1, 3])
    func couplings(steps: Int) throws {
        let graph = try BundledNetwork.digits("resnet18")
        var options = try PruningOptions(
            effort: .minimal, sparsity: Sparsity(0.5), allocation: SensitivityAllocation.name, steps: steps)
        options.calibration = try CalibrationRequest(source: .synthetic, images: 16)
        let run = try CouplingTally.counting { try Pruner(graph, options: options).run() }
        #expect(run.result.rounds.count == steps)
        #expect(run.count == steps)
    }

    @Test("channels of one value per sample are selected unless averages are predicted to lose a fifth less")
    func scalarChannels() throws {
        let options = try PruningOptions(
            effort: .minimal, sparsity: Sparsity(0.7), rule: "moment_matched",
            scoring: ScoringOptions(importance: "output_error"))
        let choices = try Pruner(BundledNetwork.digits("mlp"), options: options).run().groups.flatMap(
            \.candidates)
        #expect(choices.count == 3)
        var wouldBeAveraged = 0
        for forms in choices {
            func error(_ form: MergeCandidate.Form) throws -> Double {
                try #require(forms.first { $0.form == form }?.error)
            }
            let (selected, averaged) = (try error(.selected), try error(.averaged))
            let chosen = try #require(forms.first(where: \.isChosen)?.form)
            #expect(chosen != .averaged || averaged <= 0.8 * selected)
            if chosen == .selected, averaged < selected { wouldBeAveraged += 1 }
        }
        #expect(wouldBeAveraged > 0)
    }

    @Test(
        "a uniform sparsity is that of the plan for all groups",
        arguments: [("vgg11_bn", .backward), ("vgg11_bn", .forward), ("resnet18", .simultaneous)]
            as [(String, CompressionOrder)])
    func uniform(name: String, order: CompressionOrder) throws {
        let graph = try BundledNetwork.digits(name)
        let options = try PruningOptions(
            effort: .minimal, sparsity: Sparsity(0.5), rule: NormPreservingRule.name, order: order,
            scoring: ScoringOptions(importance: L1Importance.name))
        let result = try Pruner(graph, options: options).run()
        let folded = try BatchNormFolding.exact.folded(graph)
        let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
        let (plan, pruned) = try CompressionPlan.make(
            for: folded, sparsity: Sparsity(0.5), rule: NormPreservingRule(), order: order
        ) { try GroupAnalysis($0, in: $1, scorer: scorer) }
        #expect(result.rounds == [plan])
        #expect(try result.graph.differences(from: pruned).isEmpty)
        #expect(result.before == NetworkCost(of: folded) && result.after == NetworkCost(of: pruned))
        #expect(result.groups.allSatisfy { $0.keptChannels.count == $0.width / 2 && $0.reason == nil })
    }

    @Test(
        "budgets are kept and used up", arguments: ["vgg11_bn", "resnet18"], AllocationRegistry.names)
    func budgets(name: String, allocation: String) throws {
        let graph = try BundledNetwork.digits(name)
        for (quantity, limit) in [
            (Budget.Quantity.multiplyAccumulates, 0.5), (.parameters, 0.4), (.bytes, 200_000),
        ] {
            let budget = try Budget(quantity, limit: limit)
            let options = try PruningOptions(
                effort: .minimal, budgets: [budget], rule: "delete", allocation: allocation)
            let result = try Pruner(graph, options: options).run()
            let share = budget.amount(result.after) / budget.amount(result.before)
            let outcome = try #require(result.outcomes.first)
            #expect(outcome.reached == share && outcome.asked == budget.share(of: result.before))
            #expect(share <= outcome.asked && share > outcome.asked * 0.93, "\(quantity) \(share)")
            #expect(limit <= 1 || budget.amount(result.after) <= limit)
        }
    }

    @Test("several budgets are all kept")
    func severalBudgets() throws {
        let budgets = [try Budget(.multiplyAccumulates, limit: 0.8), try Budget(.parameters, limit: 0.3)]
        let result = try Pruner(
            BundledNetwork.digits("resnet18"),
            options: PruningOptions(
                effort: .minimal, budgets: budgets, rule: "delete", allocation: "sensitivity")
        ).run()
        #expect(result.outcomes.allSatisfy { $0.reached <= $0.asked })
        #expect(result.outcomes[1].reached > 0.28)
    }

    @Test(
        "the global ranking keeps the channels with the highest scores of all, by every rule that keeps any",
        arguments: MergeRuleRegistry.names.filter { $0 != "cluster_mean" })
    func global(rule: String) throws {
        let graph = try BundledNetwork.digits("resnet18")
        let options = try PruningOptions(
            effort: .minimal, sparsity: Sparsity(0.4), rule: rule, allocation: "global",
            limits: WidthLimits(maximumSparsity: 1))
        let result = try Pruner(graph, options: options).run()
        let folded = try BatchNormFolding.exact.folded(graph)
        let scorer = ImportanceScorer(L1Importance(options: ImportanceOptions()))
        var all: [(score: Double, group: Int, channel: Int)] = []
        for group in try Coupling(folded).groups {
            let scores = try GroupAnalysis(group, in: folded, scorer: scorer).scores
            all += scores.enumerated().map { ($1, group.index, $0) }
        }
        let kept = all.sorted { $0.score > $1.score }.prefix(Int(Double(all.count) * 0.6))
        for group in result.groups {
            let naive = kept.filter { $0.group == group.index }.map(\.channel).sorted()
            #expect(group.keptChannels == naive)
        }
        // Every rule but deletion merges what goes.
        let merges = result.rounds[0].steps.contains { step in
            step.map.producer.entries.count > step.map.kept.count
        }
        #expect(merges == !rule.hasPrefix("delete"))
    }

    @Test(
        "several steps are as many compressions one after the other",
        arguments: [("linear", .backward), ("geometric", .simultaneous), ("0.2,0.5", .simultaneous)]
            as [(String, CompressionOrder)])
    func steps(schedule: String, order: CompressionOrder) throws {
        let graph = try BundledNetwork.digits("vgg11_bn")
        let schedule = try PruningSchedule(parsing: schedule)
        let result = try Pruner(
            graph,
            options: PruningOptions(
                effort: .minimal, sparsity: Sparsity(0.5), rule: "norm_preserving", steps: 2,
                schedule: schedule, order: order)
        ).run()
        #expect(result.rounds.count == 2)
        // By hand: the first widths, then what takes those to the last ones.
        let middle = try Sparsity(schedule.sparsity(0.5, step: 1, of: 2))
        let first = try Pruner(
            graph,
            options: PruningOptions(effort: .minimal, sparsity: middle, rule: "norm_preserving", order: order)
        ).run()
        let second = try Dictionary(
            uniqueKeysWithValues: first.groups.map { group in
                let wanted = try Sparsity(0.5).keptWidth(of: group.width)
                let now = group.keptChannels.count
                // Half a channel more, so that rounding cannot take one.
                return (group.index, try Sparsity(max(0, 1 - (Double(wanted) + 0.5) / Double(now))))
            })
        let by = try Pruner(
            first.graph,
            options: PruningOptions(
                effort: .minimal, sparsities: second, rule: "norm_preserving", order: order)
        ).run()
        #expect(try result.graph.differences(from: by.graph).isEmpty)
        for (whole, (one, two)) in zip(result.groups, zip(first.groups, by.groups)) {
            #expect(whole.keptChannels == two.keptChannels.map { one.keptChannels[$0] })
        }
    }

    @Test(
        "groups that do not touch lose the same channels in several steps as in one",
        arguments: ["mean", "sum", "max", "none", "standardise", "gaussian"])
    func competitionInSteps(normaliser: String) throws {
        let scale = try #require(ImportanceScorer.Normaliser(rawValue: normaliser))
        func kept(_ steps: Int) throws -> [[Int]] {
            try Pruner(
                BundledNetwork.digits("vgg11_bn"),
                options: PruningOptions(
                    effort: .minimal, groups: [0, 2, 4, 6], sparsity: Sparsity(0.5), rule: "delete",
                    allocation: "global",
                    steps: steps, scoring: ScoringOptions(normaliser: scale))
            ).run().groups.map(\.keptChannels)
        }
        let (once, often) = (try kept(1), try kept(4))
        #expect(once == often && Set(once.map(\.count)).count > 2)
    }

    @Test("what the batch-norms tell is known in later steps too, and budgets hold after each")
    func momentsInSteps() throws {
        let result = try Pruner(
            BundledNetwork.digits("resnet18"),
            options: PruningOptions(
                effort: .minimal, budgets: [Budget(.parameters, limit: 0.4)], allocation: "sensitivity",
                steps: 3,
                schedule: .geometric)
        ).run()
        #expect(result.rounds.count == 3)
        for round in result.rounds {
            #expect(round.steps.allSatisfy { $0.map.consumers.contains { $0.source == .batchNorm } })
        }
        #expect(result.outcomes[0].reached <= 0.4 && result.outcomes[0].reached > 0.37)
    }

    @Test("a stored plan is read back as it was and gives the same network")
    func plan() throws {
        let graph = try BundledNetwork.digits("resnet18")
        let result = try Pruner(
            graph,
            options: PruningOptions(
                effort: .minimal, ignored: ["layer4.*"], sparsities: [9: Sparsity(0.25)],
                budgets: [Budget(.multiplyAccumulates, limit: 0.7)], steps: 2,
                schedule: PruningSchedule(parsing: "0.2,0.5"))
        ).run()
        let plan = PruningPlan(
            source: PruningPlan.Source(architecture: "resnet18", file: "a", checksum: "0"),
            options: result.options, rounds: result.rounds, version: "1")
        let decoded = try PruningPlan(decoding: plan.encoded())
        #expect(decoded == plan)
        #expect(try decoded.applied(to: graph).differences(from: result.graph).isEmpty)
    }

    @Test("groups are chosen by index and left out by index and name")
    func selection() throws {
        let graph = try BundledNetwork.digits("resnet18")
        func pruned(_ groups: [Int]? = nil, _ ignored: [String] = []) throws -> [Int] {
            try Pruner(
                graph,
                options: PruningOptions(
                    effort: .minimal, groups: groups, ignored: ignored, sparsity: Sparsity(0.5),
                    rule: "delete")
            ).run().groups.filter { $0.keptChannels.count < $0.width }.map(\.index)
        }
        #expect(try pruned([3, 1, 3]) == [1, 3])
        #expect(try pruned([3, 1, 2], ["1"]) == [2, 3])
        // A parameter, a batch-norm that is folded away, a node, and several at once.
        #expect(try pruned([0, 1, 2, 3], ["layer4.1.conv1.weight"]) == [2, 3])
        #expect(try pruned([1, 2, 3], ["layer4.1.bn1.running_mean"]) == [2, 3])
        #expect(try pruned(nil, ["layer[123]*", "conv1"]) == [0, 1, 2])
        for (groups, ignored, words) in [
            ([12], [], ["12", "0 to 11"]), (nil, ["layer5.*"], ["layer5.*"]), (nil, ["99"], ["99"]),
        ] as [([Int]?, [String], [String])] {
            let text = message { _ = try pruned(groups, ignored) }
            for word in words { #expect(text.contains(word), "\(text)") }
        }
    }

    @Test("a sparsity of its own is a group's, and the others share theirs or stay whole")
    func ownSparsities() throws {
        let graph = try BundledNetwork.digits("vgg11_bn")
        let alone = try Pruner(
            graph, options: PruningOptions(effort: .minimal, sparsities: [2: Sparsity(0.25)], rule: "delete")
        ).run()
        #expect(alone.groups.map(\.keptChannels.count) == [64, 64, 48, 64, 32, 32, 16, 8])
        #expect(alone.groups[0].reason == "no sparsity was given for it")
        let both = try Pruner(
            graph,
            options: PruningOptions(
                effort: .minimal, sparsities: [2: Sparsity(0.25)], sparsity: Sparsity(0.5), rule: "delete",
                limits: WidthLimits(multiple: 12))
        ).run()
        #expect(both.groups.map(\.keptChannels.count) == [36, 36, 48, 36, 24, 24, 12, 8])
        #expect(both.groups[7].reason == "the limits allow no width below 8")
        for (groups, ignored) in [([1], []), (nil, ["2"])] as [([Int]?, [String])] {
            #expect(throws: PruningError.self) {
                try Pruner(
                    graph,
                    options: PruningOptions(
                        effort: .minimal, groups: groups, ignored: ignored, sparsities: [2: Sparsity(0.25)]))
            }
        }
    }
}
