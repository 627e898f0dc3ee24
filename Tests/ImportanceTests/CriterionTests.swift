import AnalysisSupport
import Coupling
import Graph
import Importance
import NetworkSupport
import Testing
import Torch

@Suite("Importance criteria")
struct CriterionTests {
    /// A criterion as a loop over one channel's weights.
    static let naive: [(name: String, score: @Sendable ([Float]) -> Double)] = [
        (
            "l1",
            { slice in
                var sum = 0.0
                for weight in slice { sum += abs(Double(weight)) }
                return sum
            }
        ),
        (
            "l2",
            { slice in
                var sum = 0.0
                for weight in slice { sum += Double(weight) * Double(weight) }
                return sum
            }
        ),
        (
            "l_inf",
            { slice in
                var greatest = 0.0
                for weight in slice where abs(Double(weight)) > greatest { greatest = abs(Double(weight)) }
                return greatest
            }
        ),
    ]

    @Test(
        "each member's scores are those of naive loops; biases, batch-norms and kernels do not count",
        arguments: 0..<3)
    func naive(index: Int) throws {
        let (name, score) = Self.naive[index]
        let network = try ScoredNetwork()
        let criterion = try ImportanceRegistry.criterion(named: name)
        let scores = try criterion.memberScores(network.context)
        let expected = try network.slices().map { $0.map(score) }
        try #require(scores.count == 3)
        for (member, wanted) in zip(scores, expected) {
            #expect(difference(member, wanted) <= scoreTolerance, "\(member), expected \(wanted)")
        }
        let scored = try ImportanceScorer(criterion).scores(network.context)
        for other in ["a.bias", "norm.weight", "norm.bias", "norm.running_var", "depth.weight", "depth.bias"]
        {
            let changed = try network.replacing(other) { $0.magnitude + 3 }
            #expect(try ImportanceScorer(criterion).scores(changed.context) == scored, "\(other)")
        }
    }

    @Test("a channel without weights scores zero, and stays comparable", arguments: ["l1", "l2", "l_inf"])
    func dead(name: String) throws {
        let network = try ScoredNetwork().killing(channel: 2)
        let scores = try ImportanceScorer(ImportanceRegistry.criterion(named: name)).scores(network.context)
        #expect(scores[2] == 0)
        #expect(scores.indices.allSatisfy { $0 == 2 || scores[$0] > 0 })
        #expect(ImportanceScorer.mostImportant(scores, count: 3) == [0, 1, 3])
    }

    @Test("random scores follow the seed and the group, within [0, 1)")
    func random() throws {
        let network = try ScoredNetwork()
        func scores(_ seed: UInt64, _ network: ScoredNetwork) throws -> [Double] {
            let criterion = try ImportanceRegistry.criterion(
                named: "random", options: ImportanceOptions(seed: seed))
            return try #require(try criterion.memberScores(network.context).first)
        }
        let first = try scores(7, network)
        #expect(first.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(Set(first).count == 4)
        #expect(try scores(7, network) == first)
        #expect(try scores(8, network) != first)
        // Weights do not matter, names do.
        #expect(try scores(7, network.replacing("a.weight") { $0 * 2 }) == first)
        let others = try Coupling(NetworkCase(name: "resnet18").network()).groups
        let graph = try NetworkCase(name: "resnet18").network()
        let criterion = RandomImportance(options: ImportanceOptions(seed: 7))
        let lists = try others.prefix(3).map {
            try criterion.memberScores(
                ImportanceContext(group: $0, graph: graph, features: ChannelFeatures($0, in: graph)))
        }
        #expect(Set(lists).count == 3)
    }

    @Test("a registry of names, l1 first; an unknown one is an error that lists them")
    func registry() throws {
        #expect(
            ImportanceRegistry.names == [
                "l1", "l2", "l_inf", "taylor", "taylor_multivariable", "fisher", "lamp", "chip", "bn_scale",
                "fpgm", "activation", "output_error", "random",
            ])
        #expect(ImportanceRegistry.criteria.allSatisfy { !$0.summary.isEmpty })
        let error = #expect(throws: ImportanceError.self) { try ImportanceRegistry.criterion(named: "l3") }
        for name in ImportanceRegistry.names + ["l3"] {
            #expect(error?.description.contains(name) == true, "\(name)")
        }
    }

    @Test(
        "weights that are not finite are an error that names the parameter",
        arguments: ["a.weight", "linear.weight"])
    func notFinite(_ parameter: String) throws {
        for value in [Float.nan, -.infinity] {
            let network = try ScoredNetwork().replacing(parameter) { $0 > 1 ? value : $0 }
            let error = #expect(throws: GraphError.self) { try network.context }
            #expect(error?.description.contains(parameter) == true)
        }
    }
}

extension ScoredNetwork {
    /// Returns the network with all weights of a channel set to zero.
    func killing(channel: Int) throws -> ScoredNetwork {
        var tensors: [ValueID: Tensor] = [:]
        for member in group.members {
            let old = try graph.parameter(member.name)
            var mask = [Float](repeating: 1, count: old.shape[member.axis])
            for position in member.positions[channel] { mask[position] = 0 }
            var shape = old.shape.map { _ in 1 }
            shape[member.axis] = mask.count
            tensors[member.parameter] = try old.multiplied(by: Tensor(mask, shape: shape))
        }
        return try ScoredNetwork(graph.replacing(parameters: tensors))
    }
}
