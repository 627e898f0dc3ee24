import AnalysisSupport
import Coupling
import Datasets
import Graph
import Importance
import NetworkSupport
import Testing
import Torch

/// Gradients of each image's cross-entropy by every weight, by central differences in double precision.
private struct DifferenceQuotients {
    /// By parameter: [weight][image].
    let values: [String: [[Double]]]

    private static let step = 1e-6

    init(_ network: MeasuredNetwork, of names: Set<String>) throws {
        let graph = network.graph
        let executor = try Executor(graph)
        var doubles: [ValueID: Tensor] = [:]
        for id in graph.parameters where graph[id].type.element.isFloatingPoint {
            doubles[id] = try graph[id].tensor?.converted(to: .float64)
        }
        let input = try network.input().converted(to: .float64)
        let labels = network.images.images.labels
        func losses(_ parameters: [ValueID: Tensor]) throws -> [Double] {
            let result = try executor.compute(
                graph.outputs, from: [graph.inputs[0]: input], parameters: parameters)
            let logits = try #require(result[graph.outputs[0]])
            let (rows, classes) = (logits.shape[0], logits.shape[1])
            let values = try logits.applying(.exponential).doubles()
            let chosen = try logits.doubles()
            return try (0..<rows).map { row in
                let sum = values[(row * classes)..<((row + 1) * classes)].reduce(0, +)
                return try -chosen[row * classes + labels[row]] + log(sum)
            }
        }
        func log(_ value: Double) throws -> Double {
            try Tensor([value]).applying(.logarithm).scalar()
        }
        var found: [String: [[Double]]] = [:]
        for name in names {
            let id = try #require(graph.value(named: name))
            let original = try #require(doubles[id])
            let elements = try original.doubles()
            found[name] = try elements.indices.map { index in
                let ends = try [Self.step, -Self.step].map { offset in
                    var moved = elements
                    moved[index] += offset
                    return try losses(
                        doubles.merging([id: Tensor(moved, shape: original.shape)]) { $1 })
                }
                return zip(ends[0], ends[1]).map { ($0 - $1) / (2 * Self.step) }
            }
        }
        values = found
    }
}

@Suite("Criteria that differentiate the loss")
struct GradientCriterionTests {
    /// The network differentiates in single precision.
    private static let tolerance = 1e-4

    @Test("taylor, taylor_multivariable and fisher are what difference quotients of the loss say")
    func oracle() throws {
        let network = try MeasuredNetwork()
        let groups = try Coupling(network.graph).groups
        #expect(groups.map(\.width).sorted() == [2, 3, 5])
        let names = Set(groups.flatMap(\.scored).map(\.name))
        #expect(names == ["a.weight", "b.weight", "c.weight", "d.weight", "linear.weight"])
        let quotients = try DifferenceQuotients(network, of: names)
        for group in groups {
            let context = try network.context(group)
            for (name, score) in Self.naive {
                let scores = try ImportanceRegistry.criterion(named: name).memberScores(context)
                try #require(scores.count == group.scored.count)
                for (member, found) in zip(group.scored, scores) {
                    let weights = try network.graph.parameter(member.name)
                    let slopes = try #require(quotients.values[member.name])
                    let products = zip(try weights.doubles(), slopes).map { weight, slopes in
                        slopes.map { weight * $0 }
                    }
                    let expected = (0..<group.width).map { channel in
                        let indices = naiveSlices(
                            products.indices.map(Double.init), shape: weights.shape, member)[channel]
                        return score(indices.map { products[Int($0)] })
                    }
                    let error = difference(found, expected)
                    #expect(
                        error <= Self.tolerance, "\(name), \(member.name): \(found), expected \(expected)")
                    #expect(expected.contains { $0 > 0 })
                }
            }
        }
    }

    /// Scores from w dL_n/dw by weight and image. Batch means are summed: every image counts 1 / batch size.
    private static let naive: [(String, @Sendable ([[Double]]) -> Double)] = [
        (
            "taylor",
            { products in
                products.reduce(0) { $0 + abs($1.reduce(0, +) / Double(MeasuredNetwork.batchSize)) }
            }
        ),
        (
            "taylor_multivariable",
            { products in
                abs(products.reduce(0) { $0 + $1.reduce(0, +) / Double(MeasuredNetwork.batchSize) })
            }
        ),
        ("fisher", { products in products.joined().reduce(0) { $0 + $1 * $1 } }),
    ]

    @Test("batches change how often an image counts in taylor, and nothing in fisher")
    func batching() throws {
        let network = try MeasuredNetwork()
        let group = try network.group(producedBy: "d.weight")
        func scores(_ name: String, _ batches: Int, _ batchSize: Int) throws -> [[Double]] {
            let images = try ScoringImages(
                network.images.images, batches: batches, batchSize: batchSize)
            return try ImportanceRegistry.criterion(named: name).memberScores(
                ImportanceContext(
                    group: group, graph: network.graph,
                    features: ChannelFeatures(group, in: network.graph),
                    statistics: NetworkStatistics(images: images)))
        }
        for (whole, split) in zip(try scores("taylor", 1, 6), try scores("taylor", 2, 3)) {
            #expect(difference(split, whole.map { $0 * 2 }) <= Self.tolerance)
        }
        for (whole, split) in zip(try scores("fisher", 1, 6), try scores("fisher", 2, 3)) {
            #expect(difference(split, whole) <= Self.tolerance)
        }
    }

    @Test(
        "gradients that are not numbers are an error that names the weight",
        arguments: ["taylor", "taylor_multivariable", "fisher"])
    func notFinite(name: String) throws {
        // Finite weights whose products are too large for single precision.
        let network = try MeasuredNetwork()
        let id = try #require(network.graph.value(named: "d.weight"))
        let huge = try network.graph.parameter("d.weight").applying(.multiplied(1e38))
        let broken = try MeasuredNetwork(network.graph.replacing(parameters: [id: huge]))
        let group = try broken.group(producedBy: "d.weight")
        let error = #expect(throws: ImportanceError.self) { try broken.memberScores(name, group) }
        #expect(
            error?.description.contains("weight") == true && error?.description.contains("finite") == true)
    }
}
