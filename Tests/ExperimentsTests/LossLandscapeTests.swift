import Analysis
import AnalysisSupport
import Compression
import Coupling
import Datasets
import Evaluation
import Experiments
import Foundation
import Graph
import Importance
import Models
import Testing
import Torch

@Suite("Loss landscape")
struct LossLandscapeTests {
    private static let samples = 30
    /// What rounding weights to single precision may change in a loss.
    private static let tolerance = 1e-4

    private func options(_ rules: [String] = LandscapeOptions.defaultRules) throws -> LandscapeOptions {
        LandscapeOptions(group: 1, sparsity: try Sparsity(0.5), rules: rules, gridSize: 4)
    }

    private func landscape(_ network: TrainedNetwork, rules: [String] = LandscapeOptions.defaultRules) throws
        -> LossLandscape
    {
        try LossLandscape(
            of: network.graph, on: network.data, options: options(rules), samples: Self.samples, batchSize: 8)
    }

    /// The mean cross-entropy and the accuracy, one image at a time.
    private func measured(_ graph: Graph, _ data: ImageDataset) throws -> (loss: Double, accuracy: Double) {
        let executor = try Executor(graph)
        var (loss, correct) = (0.0, 0)
        for index in 0..<Self.samples {
            let logits = try executor.run([data.batch([index]).images])[0].doubles()
            let greatest = logits.max() ?? 0
            loss +=
                greatest + log(logits.reduce(0) { $0 + exp($1 - greatest) }) - logits[data.labels[index]]
            if logits.firstIndex(of: greatest) == data.labels[index] { correct += 1 }
        }
        return (loss / Double(Self.samples), Double(correct) / Double(Self.samples))
    }

    /// All weights in one list.
    private func weights(_ graph: Graph) throws -> [Double] {
        try graph.parameters.flatMap { try graph[$0].tensor?.doubles() ?? [] }
    }

    /// The graph with weights from one list.
    private func graph(_ graph: Graph, weights: [Double]) throws -> Graph {
        var (tensors, start): ([ValueID: Tensor], Int) = ([:], 0)
        for id in graph.parameters {
            guard let tensor = graph[id].tensor else { continue }
            let own = Array(weights[start..<start + tensor.count])
            tensors[id] = try Tensor(own, shape: tensor.shape).converted(to: tensor.type)
            start += tensor.count
        }
        return try graph.replacing(parameters: tensors)
    }

    @Test("every place of the plane has the loss of the network that lies there, built by hand")
    func plane() throws {
        let network = try TrainedNetwork()
        let result = try landscape(network).run { _ in true }
        #expect(result.isComplete && result.samples == Self.samples && result.availableSamples == 90)
        #expect(result.points.map(\.name) == ["original", "delete", "reference"])
        let folded = try BatchNormFolding.exact.folded(network.graph)
        let coupling = try Coupling(folded)
        let group = try coupling.group(1)
        let analysis = try GroupAnalysis(
            group, in: folded, scorer: ImportanceScorer(L1Importance(options: ImportanceOptions())))
        let kept = try analysis.kept(Sparsity(0.5))
        #expect(kept.count == 2 && group.width == 4)
        let rules = try LandscapeOptions.defaultRules.map(MergeRuleRegistry.rule)
        // The networks in the plane answer as the smaller ones do.
        for (point, step) in zip(result.points.dropFirst(), try analysis.steps(kept: kept, rules: rules)) {
            let small = try measured(folded.applying(step.map, to: group, of: coupling), network.data)
            let found = try #require(point.measurement)
            let loss = try #require(found.loss)
            #expect(abs(loss - small.loss) < Self.tolerance, "\(point.name)")
            #expect(found.accuracy.fraction == small.accuracy)
        }
        // Gram and Schmidt by hand, deletion by hand: no other weights than those of the group are touched.
        let origin = try weights(folded)
        var deleted = origin
        var start = 0
        for id in folded.parameters {
            let shape = folded[id].type.shape
            let count = shape.reduce(1, *)
            for member in group.members where member.parameter == id {
                let inner = shape[(member.axis + 1)...].reduce(1, *)
                for channel in 0..<group.width where !kept.contains(channel) {
                    for place in 0..<count
                    where member.positions[channel].contains(place / inner % shape[member.axis]) {
                        deleted[start + place] = 0
                    }
                }
            }
            start += count
        }
        let u = zip(deleted, origin).map { $0 - $1 }
        let length = u.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(abs(result.points[1].x - length) < 1e-9 && result.points[1].y == 0)
        #expect(result.xs.count == 4 && result.ys.count == 4 && result.points[2].y > 0)
        #expect(
            result.points.allSatisfy {
                $0.x > result.xs[0] && $0.x < result.xs[3] && $0.y > result.ys[0] && $0.y < result.ys[3]
            })
        let through = try line(network, u, origin, folded)
        for (x, measurement) in zip(through.xs, through.grid) {
            let moved = zip(origin, u).map { $0 + x / length * $1 }
            let wanted = try measured(graph(folded, weights: moved), network.data)
            let loss = try #require(measurement?.loss)
            #expect(abs(loss - wanted.loss) < Self.tolerance)
        }
        let losses = Set(result.grid.compactMap { $0?.loss })
        #expect(losses.count == 16)
    }

    private func line(
        _ network: TrainedNetwork, _ u: [Double], _ origin: [Double], _ folded: Graph
    ) throws -> LandscapeResult {
        let end = try graph(folded, weights: zip(origin, u).map { $0 + $1 })
        return try LossLandscape(
            between: folded, and: end, names: ("a", "b"), on: network.data, count: 5, samples: Self.samples
        ).run { _ in true }
    }

    @Test(
        "places of the plane are reached by both axes",
        arguments: [["delete", "mean"], ["mean", "norm_preserving"]])
    func axes(rules: [String]) throws {
        let network = try TrainedNetwork()
        let result = try landscape(network, rules: rules).run { _ in true }
        let folded = try BatchNormFolding.exact.folded(network.graph)
        let group = try Coupling(folded).group(1)
        let analysis = try GroupAnalysis(
            group, in: folded, scorer: ImportanceScorer(L1Importance(options: ImportanceOptions())))
        let steps = try analysis.steps(
            kept: analysis.kept(Sparsity(0.5)), rules: rules.map(MergeRuleRegistry.rule))
        let origin = try weights(folded)
        let others = try steps.map {
            try weights(folded.applying($0.map.keepingShape(), to: group, of: Coupling(folded)))
        }
        let (u, v) = (zip(others[0], origin).map { $0 - $1 }, zip(others[1], origin).map { $0 - $1 })
        func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let first = u.map { $0 / product(u, u).squareRoot() }
        let along = product(v, first)
        let rest = zip(v, first).map { $0 - along * $1 }
        let second = rest.map { $0 / product(rest, rest).squareRoot() }
        #expect(abs(result.points[2].x - along) < 1e-6)
        #expect(abs(result.points[2].y - product(rest, rest).squareRoot()) < 1e-6)
        for (row, y) in result.ys.enumerated() {
            for (column, x) in result.xs.enumerated() {
                let moved = origin.indices.map { origin[$0] + x * first[$0] + y * second[$0] }
                let wanted = try measured(graph(folded, weights: moved), network.data)
                let found = try #require(result.grid[row * 4 + column])
                let loss = try #require(found.loss)
                #expect(abs(loss - wanted.loss) < Self.tolerance * max(1, wanted.loss))
                #expect(abs(found.accuracy.fraction - wanted.accuracy) < 0.05)
            }
        }
    }

    @Test("the line between two biases has the loss that the formula says")
    func closedForm() throws {
        // With a classifier that is its bias alone: loss(t) = log(e^(tc) + 2) - tc / 3, as labels are equally frequent.
        let graph = try SmallNetwork.initialised()
        let data = try SmallNetwork.images()
        let (weight, bias) = (
            try #require(graph.value(named: "classifier.weight")),
            try #require(graph.value(named: "classifier.bias"))
        )
        func network(_ constant: Float) throws -> Graph {
            try graph.replacing(parameters: [
                weight: Tensor(repeating: 0, shape: graph[weight].type.shape),
                bias: Tensor([constant, 0, 0] as [Float]),
            ])
        }
        let result = try LossLandscape(
            between: network(0), and: network(4), names: ("a", "b"), on: data, count: 9
        ).run { _ in true }
        #expect(result.isLine && result.isComplete && result.points.map(\.x) == [0, 4])
        for (index, measurement) in result.grid.enumerated() {
            let t = Double(index) / 2
            let loss = try #require(measurement?.loss)
            #expect(abs(loss - (log(exp(t) + 2) - t / 3)) < 1e-6)
            #expect(abs(result.xs[index] - t) < 1e-9)
        }
    }

    @Test("what was measured is taken over, and what is of something else is refused")
    func resuming() throws {
        let network = try TrainedNetwork()
        let landscape = try landscape(network)
        let whole = try landscape.run { _ in true }
        var count = 0
        var last: LandscapeResult?
        let part = try landscape.run { event in
            if case .result(let result) = event {
                count += 1
                last = result
            }
            return count < 7
        }
        #expect(part.measuredCount == 7 && part == last && !part.isComplete)
        var measured = 0
        let rest = try landscape.run(continuing: part) { event in
            if case .result = event { measured += 1 }
            return true
        }
        #expect(measured == whole.count - 7)
        #expect(rest.grid == whole.grid && rest.points == whole.points)
        let other = try self.landscape(network, rules: ["delete", "mean"])
        #expect(throws: LandscapeError.self) { try other.run(continuing: part) { _ in true } }
        let record = LandscapeRecord(
            environment: StudyResult.Environment(libtorch: "l", device: "cpu"),
            networks: [.init(architecture: "small", file: "f", checksum: "0")],
            images: .init(name: "patterns", checksum: "1", trainingChecksum: nil), options: try options(),
            result: part)
        #expect(try LandscapeRecord(decoding: record.encoded()) == record)
        #expect(throws: LandscapeError.self) { try LandscapePicture(record).svg() }
        #expect(throws: LandscapeError.self) { try LandscapeRecord(decoding: Data("{}".utf8)) }
        var finished = record
        finished.result = whole
        for showsAccuracy in [false, true] {
            let svg = try LandscapePicture(finished, showsAccuracy: showsAccuracy).svg()
            #expect(svg.contains(">original: ") && svg.contains(">deleted: ") && svg.contains(">reference: "))
        }
        let lines = whole.csv.split(separator: "\n")
        #expect(lines.count == 1 + 3 + 16 && lines[1].hasPrefix("original,0.0,0.0,"))
    }

    @Test("what spans no plane or line, and what does not exist, is refused before anything is measured")
    func invalid() throws {
        let graph = try SmallNetwork.initialised()
        let data = try SmallNetwork.images()
        let changes: [(inout LandscapeOptions) throws -> Void] = [
            { $0.group = 9 }, { $0.rules = ["delete"] }, { $0.rules = ["delete", "delete"] },
            { $0.rules = ["delete", "average"] }, { $0.sparsity = try Sparsity(0) }, { $0.gridSize = 1 },
            { $0.margin = -1 }, { $0.margin = .nan },
        ]
        for (index, change) in changes.enumerated() {
            var options = try options()
            try change(&options)
            #expect(throws: (any Error).self, "change \(index)") {
                try LossLandscape(of: graph, on: data, options: options)
            }
        }
        let asked = try options()
        #expect(throws: (any Error).self) {
            try LossLandscape(of: graph, on: data, options: asked, samples: 0)
        }
        #expect(throws: LandscapeError.self) {
            try LossLandscape(between: graph, and: graph, names: ("a", "b"), on: data)
        }
        let wide = try SmallNetwork().initialised(inputChannels: 3, seed: 1)
        let error = #expect(throws: LandscapeError.self) {
            try LossLandscape(between: graph, and: wide, names: ("a", "b"), on: data)
        }
        #expect(error?.message.contains("first.weight") == true)
    }
}
