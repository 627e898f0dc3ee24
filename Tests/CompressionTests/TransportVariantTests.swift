import AnalysisSupport
import Compression
import Coupling
import Foundation
import Graph
import NetworkSupport
import OptimalTransport
import Testing
import Torch

@Suite("Ways to pose and solve the transport")
struct TransportVariantTests {
    @Test(
        "with every channel twice, every way merges the copies without loss", arguments: TransportVariant.all)
    func duplicates(_ variant: TransportVariant) throws {
        let single = try SingleGroup(width: 4)
        let double = try single.selecting([0, 0, 1, 1, 2, 2, 3, 3], factor: 0.5)
        let input = try SingleGroup.input()
        let expected = try single.graph.logits(input)
        #expect(try relativeDifference(double.graph.logits(input), expected) <= orderTolerance)
        for kept in [[0, 2, 4, 6], [1, 2, 5, 6]] {
            let rules = ["mean", "norm_preserving", "cluster_mean", "moment_matched"]
            for step in try double.steps(kept: kept, rules: rules, variant.options) {
                let merged = try step.applied(to: double.graph)
                #expect(
                    try relativeDifference(merged.logits(input), expected) <= roundingTolerance,
                    "\(step.rule)")
                for name in ["a.weight", "a.bias", "b.weight"] {
                    let difference = try relativeDifference(
                        merged.parameter(name), single.graph.parameter(name))
                    #expect(difference <= roundingTolerance, "\(step.rule), \(name)")
                }
            }
        }
    }

    @Test("where all channels stay, nothing changes by any rule", arguments: TransportVariant.all)
    func identity(_ variant: TransportVariant) throws {
        let network = try SingleGroup()
        let input = try SingleGroup.input()
        for step in try network.steps(kept: Array(0..<8), variant.options) {
            let result = try step.applied(to: network.graph)
            #expect(try result.logits(input).bytes() == network.graph.logits(input).bytes(), "\(step.rule)")
        }
    }

    /// Channels 2 and 5 are dead, 0, 1 and 7 are equal: fewer different ones than may stay.
    @Test(
        "dead and equal channels give finite weights and as many channels as asked for, by every rule",
        arguments: TransportVariant.all, TransportOptions.MarginalKind.allCases)
    func degenerate(_ variant: TransportVariant, marginal: TransportOptions.MarginalKind) throws {
        let base = try SingleGroup()
        let graph = try base.selecting([0, 0, 2, 3, 4, 5, 6, 0]).graph.zeroing([2, 5], of: base.group)
        let networks = [
            try SingleGroup(graph), try SingleGroup(graph.zeroing(Set(0..<8), of: base.group)), base,
        ]
        let input = try SingleGroup.input()
        var options = variant.options
        options.source = marginal
        options.target = marginal
        for (index, network) in networks.enumerated() {
            for count in [1, 4, 7] {
                let kept = try network.analysis(options).kept(Sparsity(1 - Double(count) / 8))
                #expect(kept.count == count)
                for step in try network.steps(kept: kept, options) {
                    let comment = Comment(rawValue: "\(step.rule), network \(index), \(count) stay")
                    let result = try step.applied(to: network.graph)
                    #expect(try SingleGroup(result).group.width == count, comment)
                    for name in ["a.weight", "a.bias", "b.weight"] {
                        #expect(try isFinite(result.parameter(name)), comment)
                    }
                    #expect(try isFinite(result.logits(input)), comment)
                    // Ordinary pruning is the same however the transport is posed.
                    if step.rule == "delete" { #expect(step.map.kept == kept, comment) }
                }
            }
        }
    }

    /// The rows of the compared weights, divided by their norms.
    private func normalised(_ rows: [[Double]]) -> [[Double]] {
        rows.map { row in
            let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return row.map { $0 / norm }
        }
    }

    private func rows(_ network: SingleGroup, _ roles: Set<MemberRole>) throws -> [[Double]] {
        let features = try ChannelFeatures(network.group, in: network.graph, roles: roles)
        return (0..<8).map { row in
            features.values[row * features.columns..<(row + 1) * features.columns].map(Double.init)
        }
    }

    private func cost(
        _ plan: TransportPlan, _ sources: [[Double]], _ targets: [[Double]]
    ) -> Double {
        plan.masses.entries.reduce(0) { sum, entry in
            let distance = zip(sources[entry.row], targets[entry.column]).reduce(0) {
                $0 + abs($1.0 - $1.1)
            }
            return sum + entry.value * distance
        }
    }

    @Test(
        "only the chosen weights are compared",
        arguments: [
            (.all, [.producer, .consumer]), (.producers, [.producer]), (.consumers, [.consumer]),
        ] as [(TransportOptions.CostFeatures, Set<MemberRole>)])
    func costFeatures(features: TransportOptions.CostFeatures, roles: Set<MemberRole>) throws {
        let network = try SingleGroup()
        let kept = [1, 3, 4, 6]
        let plan = try network.analysis(TransportOptions(costFeatures: features)).transportPlan(to: kept)
        let rows = normalised(try rows(network, roles))
        let expected = cost(plan, rows, kept.map { rows[$0] })
        #expect(abs(plan.totalCost - expected) <= 1e-6 * expected)
        #expect(plan.certificate.isOptimal)
    }

    @Test(
        "centroids are means of raw weights, compared by direction, as important as their channels on average",
        arguments: ClusteringRegistry.names)
    func centroids(clustering: String) throws {
        let network = try SingleGroup()
        let analysis = try network.analysis(
            TransportOptions(target: .importance, targets: .clusterCentroid, clustering: clustering))
        let transport = try analysis.transport(to: [0, 1, 2])
        let features = try ChannelFeatures(network.group, in: network.graph)
        let points = try SquaredDistances(
            FeatureMatrix(rows: features.rows, columns: features.columns, values: features.values))
        let (places, clusters) = try ClusteringRegistry.clustering(named: clustering)
            .clusters(of: points, count: 3).placed(among: points)
        #expect(transport.places == places)
        let rows = try rows(network, [.producer, .consumer])
        let weights = clusters.weights.dense()
        let means = (0..<3).map { cluster in
            rows[0].indices.map { column in
                (0..<8).reduce(0) { $0 + weights[cluster * 8 + $1] * rows[$1][column] }
            }
        }
        let expected = cost(transport.plan, normalised(rows), normalised(means))
        #expect(abs(transport.plan.totalCost - expected) <= 1e-5 * expected)
        let importance = (0..<3).map { cluster in
            (0..<8).reduce(0) { $0 + weights[cluster * 8 + $1] * analysis.scores[$1] }
        }
        let total = importance.reduce(0, +)
        for (mass, score) in zip(transport.plan.masses.columnSums, importance) {
            #expect(abs(mass - score / total) <= 1e-9)
        }
    }

    @Test("a plan that did not converge is an error that names the group")
    func unconverged() throws {
        let analysis = try SingleGroup().analysis(
            TransportOptions(solver: "sinkhorn", epsilon: 0.01, iterationLimit: 1))
        let error = #expect(throws: CompressionError.self) { try analysis.transportPlan(to: [0, 1, 2]) }
        #expect(error?.description.contains("group") == true)
        #expect(error?.description.contains("did not converge within 1") == true)
    }

    /// M has the means, R the membership, and no other division of the channels is better.
    @Test("cluster_mean averages what is produced and sums what is consumed, by the best clusters")
    func folding() throws {
        let network = try SingleGroup()
        let step = try network.steps(kept: [0, 1, 2], rules: ["cluster_mean"], TransportOptions())[0]
        let membership = try #require(step.map.consumers.first).matrix
        #expect(
            membership.entries.map(\.row) == Array(0..<8) && membership.entries.allSatisfy { $0.value == 1 })
        let labels = membership.entries.map(\.column)
        let sizes = (0..<3).map { label in labels.count { $0 == label } }
        for entry in step.map.producer.entries {
            #expect(labels[entry.column] == entry.row && entry.value == 1 / Double(sizes[entry.row]))
        }
        #expect(step.map.producer.entries.count == 8 && step.map.perChannel == step.map.producer)
        for (row, place) in step.map.kept.enumerated() { #expect(labels[place] == row) }
        let rows = try rows(network, [.producer, .bias])
        func inertia(_ labels: [Int]) -> Double {
            (0..<3).reduce(0) { sum, label in
                let own = labels.indices.filter { labels[$0] == label }.map { rows[$0] }
                return sum
                    + rows[0].indices.reduce(0) { sum, column in
                        let mean = own.reduce(0) { $0 + $1[column] } / Double(own.count)
                        return sum
                            + own.reduce(0) { $0 + ($1[column] - mean) * ($1[column] - mean) }
                    }
            }
        }
        let found = inertia(labels)
        for code in 0..<6561 {
            var (rest, other) = (code, [Int]())
            for _ in 0..<8 {
                other.append(rest % 3)
                rest /= 3
            }
            guard Set(other).count == 3 else { continue }
            #expect(inertia(other) >= found - 1e-6)
        }
    }
}
