import Analysis
import Calibration
import Compression
import Datasets
import Evaluation
import Experiments
import Foundation
import Graph
import Importance
import Pruning
import Testing
import Torch

@Suite("Studies")
struct StudyTests {
    @Test("cells are what pruning and evaluation give, whole and group by group")
    func cells() throws {
        let configuration = try StudyFixture.configuration(
            sparsities: "[0.25, 0.5]", methods: "[{\"name\": \"a\"}, {\"name\": \"b\"}]",
            scopes: "[\"whole\", \"per_group\"]")
        let options = [
            ("a", try PruningOptions(effort: .minimal, rule: "delete")),
            ("b", try PruningOptions(effort: .minimal, rule: "norm_preserving")),
        ]
        let subject = try StudyFixture.subject(options)
        let (result, results) = try StudyFixture.run(configuration, subject)
        let groups = result.groupWidths.count
        #expect(
            groups == 8 && result.cells.count == 2 * 2 * (1 + groups) && results == result.cells.count + 1)
        let evaluator = try AccuracyEvaluator(StudyFixture.digits(.test), sampleCount: StudyFixture.samples)
        let folded = try BatchNormFolding.exact.folded(subject.graph)
        #expect(try result.dense == evaluator.accuracy(of: folded))
        #expect(result.cost == NetworkCost(of: folded))
        for cell in result.cells where [nil, 0, 5].contains(cell.place.group) {
            var own = try #require(options.first { $0.0 == cell.place.method }).1
            own.sparsity = try Sparsity(cell.place.sparsity)
            own.groups = cell.place.group.map { [$0] }
            let pruned = try Pruner(subject.graph, options: own).run()
            // Products in another order may tip one image.
            let alone = try evaluator.accuracy(of: pruned.graph).correct
            #expect(abs((cell.accuracy?.correct ?? -9) - alone) <= 1, "\(cell)")
            #expect(cell.parameters == pruned.after.parameters && (cell.seconds ?? 0) > 0)
            #expect(cell.multiplyAccumulates == pruned.after.multiplyAccumulates && cell.failure == nil)
        }
        let whole = result.summaries.filter { $0.scope == .whole }
        #expect(whole.count == 4 && whole.allSatisfy { $0.count == 1 && $0.mean == $0.least })
        let overGroups = try #require(
            result.summaries.first {
                $0.scope == .perGroup && $0.group == nil && $0.method == "a" && $0.sparsity == 0.5
            })
        let accuracies = result.cells.filter {
            $0.place.scope == .perGroup && $0.place.method == "a" && $0.place.sparsity == 0.5
        }.compactMap { $0.accuracy?.fraction }
        #expect(overGroups.count == groups && overGroups.least == accuracies.min())
        #expect(abs(overGroups.mean - accuracies.reduce(0, +) / Double(groups)) < 1e-12)
        #expect(overGroups.worstGroup == accuracies.firstIndex(of: overGroups.least))
    }

    @Test("methods that draw random numbers run with every seed, others with the first")
    func seeds() throws {
        let configuration = try StudyFixture.configuration(
            sparsities: "[0.2]",
            methods:
                "[{\"name\": \"fixed\"}, {\"name\": \"random\"}, {\"name\": \"images\"}, {\"name\": \"fold\"}]",
            seeds: "[3, 4]")
        let (result, _) = try StudyFixture.run(
            configuration,
            StudyFixture.subject([
                ("fixed", PruningOptions(effort: .minimal, rule: "delete")),
                (
                    "random",
                    PruningOptions(
                        effort: .minimal, rule: "delete", scoring: ScoringOptions(importance: "random"))
                ),
                (
                    "images",
                    PruningOptions(
                        effort: .minimal, rule: "delete",
                        calibration: CalibrationRequest(source: .images, images: 16))
                ), ("fold", PruningOptions(effort: .minimal, rule: "cluster_mean")),
            ]))
        func seeds(_ name: String) -> [UInt64] {
            result.cells.filter { $0.place.method == name }.map(\.place.seed)
        }
        #expect(seeds("fixed") == [3] && seeds("random") == [3, 4])
        #expect(seeds("images") == [3, 4] && seeds("fold") == [3, 4])
        for name in ["random", "images"] {
            let summary = try #require(result.summaries.first { $0.method == name })
            #expect(summary.count == 2 && summary.least <= summary.greatest, "\(name)")
            if name == "random" { #expect(summary.least < summary.greatest) }
            #expect(abs(summary.mean - (summary.least + summary.greatest) / 2) < 1e-12)
        }
    }

    @Test("what is known is taken where options and inputs are equal, and computed where they are not")
    func resuming() throws {
        let methods = "[{\"name\": \"a\"}, {\"name\": \"b\"}]"
        let configuration = try StudyFixture.configuration(methods: methods)
        let options = [
            ("a", try PruningOptions(effort: .minimal, rule: "delete")),
            ("b", try PruningOptions(effort: .minimal, rule: "mean")),
        ]
        let subject = try StudyFixture.subject(options)
        let stored = try StudyResult(
            of: configuration,
            environment: StudyResult.Environment(version: "1", libtorch: "2", device: "cpu"),
            networks: [StudyFixture.run(configuration, subject).result])
        let text = String(decoding: try stored.encoded(), as: UTF8.self)
        #expect(try StudyResult(decoding: Data(text.utf8)) == stored)
        // A number of images that no run could give shows what was taken over.
        let marked = text.replacing(/"correct" : \d+/, with: "\"correct\" : 7")
        let known = try #require(try StudyResult(decoding: Data(marked.utf8)).networks.first)
        func accuracies(_ network: StudyResult.Network) -> [Int?] {
            network.cells.map { $0.accuracy?.correct }
        }

        let same = try StudyFixture.run(configuration, subject, known: known)
        #expect(accuracies(same.result) == [7, 7] && same.result.dense?.correct == 7 && same.results == 1)
        let more = try StudyFixture.configuration(sparsities: "[0.25, 0.5]", methods: methods)
        let extended = try StudyFixture.run(more, subject, known: known)
        #expect(extended.results == 3)
        #expect(extended.result.cells.map { $0.accuracy?.correct == 7 } == [false, true, false, true])
        let other = try StudyFixture.subject([
            options[0], ("b", try PruningOptions(effort: .minimal, rule: "reference")),
        ])
        let changed = try StudyFixture.run(configuration, other, known: known).result
        #expect(changed.cells.map { $0.accuracy?.correct == 7 } == [true, false])
        let otherWeights = try StudySubject(
            name: "digits", architecture: "vgg11_bn", file: "f", checksum: "1", graph: subject.graph,
            testImages: subject.testImages, trainingImages: nil, methods: subject.methods, batchSize: 250)
        let anew = try StudyFixture.run(configuration, otherWeights, known: known).result
        #expect(!accuracies(anew).contains(7) && anew.dense?.correct != 7)
    }

    @Test("what cannot be done is a cell that says why, and is tried again")
    func failures() throws {
        let configuration = try StudyFixture.configuration(methods: "[{\"name\": \"a\"}, {\"name\": \"b\"}]")
        let subject = try StudyFixture.subject([
            (
                "a",
                PruningOptions(
                    effort: .minimal, rule: "delete", scoring: ScoringOptions(importance: "taylor"))
            ),
            ("b", PruningOptions(effort: .minimal, rule: "delete")),
        ])
        let (result, results) = try StudyFixture.run(configuration, subject)
        #expect(result.cells[0].accuracy == nil && result.cells[0].failure?.contains("taylor") == true)
        #expect(result.cells[1].accuracy != nil && result.summaries.map(\.method) == ["b"])
        #expect(try StudyFixture.run(configuration, subject, known: result).results == 2 && results == 3)
        let tables = StudyTables(
            StudyResult(
                of: configuration,
                environment: StudyResult.Environment(version: "", libtorch: "", device: ""),
                networks: [result])
        ).markdown
        #expect(tables.contains("- a failed: ") && tables.contains("| a | – | – |"))
    }

    @Test("a report that asks to stop ends the work, and its errors are the caller's")
    func stopping() throws {
        let configuration = try StudyFixture.configuration(
            sparsities: "[0.25, 0.5]", methods: "[{\"name\": \"a\"}]")
        let subject = try StudyFixture.subject([("a", PruningOptions(effort: .minimal, rule: "delete"))])
        var results: [StudyResult.Network] = []
        let isComplete = try Study(configuration).run(subject) { event in
            if case .result(let network) = event { results.append(network) }
            return results.last?.cells.isEmpty ?? true
        }
        #expect(!isComplete && results.last?.cells.count == 1)
        struct Full: Error {}
        #expect(throws: Full.self) {
            try Study(configuration).run(subject) { event in
                if case .progress(let stage, _) = event, stage.contains("merging") { throw Full() }
                return true
            }
        }
    }
}
