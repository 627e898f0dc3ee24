import Analysis
import AnalysisSupport
import Compression
import Coupling
import Graph
import NetworkSupport
import Testing
import Torch

@Suite("Costs, predicted errors and moments of other widths")
struct WidthCostTests {
    @Test(
        "costs of widths are those of the network that was cut to them",
        arguments: [
            "vgg11_bn", "resnet18", "torchvision_resnet50", "torchvision_resnext50_32x4d",
            "torchvision_vgg11",
        ])
    func costs(name: String) throws {
        let graph = try BatchNormFolding.exact.folded(NetworkCase(name: name).network())
        let coupling = try Coupling(graph)
        let costs = try AnalysedNetwork(graph).costs()
        #expect(costs.cost(costs.dense) == NetworkCost(of: graph))
        #expect(NetworkCost(of: graph).parameters == graph.parameterCount)
        var generator = SplitMixGenerator(seed: 5)
        for _ in 0..<3 {
            let widths = coupling.groups.map { Int.random(in: 1...$0.width, using: &generator) }
            let cut = try graph.applying(
                coupling.groups.map {
                    (try ChannelMap(deletingAllBut: Array(0..<widths[$0.index]), of: $0, in: graph), $0)
                }, of: coupling)
            #expect(costs.cost(widths) == NetworkCost(of: cut), "\(widths)")
        }
    }

    @Test("predicted errors are the residuals of the regression on the kept channels")
    func residuals() throws {
        let count = 7
        let half = try Tensor(random: .normal, shape: [count, 5], seed: 3).converted(to: .float64)
        // Of rank five: two channels are what the others predict.
        let covariance = try half.matrixMultiplied(by: half.transposed())
        let weights = try Tensor(random: .normal, shape: [4, count], seed: 4).converted(to: .float64)
        let metric = try weights.transposed().matrixMultiplied(by: weights)
        let order = [3, 0, 6, 2, 5, 1, 4]
        let errors = try OutputSensitivity.errors(covariance, metric, order)
        let total = try metric.matrixMultiplied(by: covariance).diagonal().doubles().reduce(0, +)
        #expect(errors.count == count + 1 && errors[count] == 0 && abs(errors[0] - 1) < 1e-12)
        for kept in 1...5 {
            let chosen = Array(order.prefix(kept))
            let cross = try covariance.selecting(axis: 0, chosen)
            let guess = try cross.selecting(axis: 1, chosen).solvedAsPositiveDefinite(cross)
            let rest = try covariance.subtracting(cross.transposed().matrixMultiplied(by: guess))
            let left = try metric.matrixMultiplied(by: rest).diagonal().doubles().reduce(0, +)
            #expect(abs(errors[kept] - left / total) < 1e-9, "\(kept) kept")
        }
        #expect(errors[5] < 1e-9 && errors[6] < 1e-9)
        let nothing = try OutputSensitivity.errors(
            covariance, Tensor(repeating: 0, shape: [count, count], type: .float64), order)
        #expect(nothing == [Double](repeating: 0, count: count + 1))
    }

    @Test(
        "the factor of a singular matrix multiplies to it, columns that others tell being zero",
        arguments: [(1, 1), (64, 64), (65, 40), (150, 150), (150, 70)])
    func factor(count: Int, rank: Int) throws {
        let half = try Tensor(random: .normal, shape: [count, rank], seed: 8).converted(to: .float64)
        let matrix = try half.matrixMultiplied(by: half.transposed())
        let factor = try SemidefiniteFactor.lower(of: matrix)
        let difference = try factor.matrixMultiplied(by: factor.transposed()).subtracting(matrix)
        #expect(
            try difference.reduced(.l1Norm, axes: [0, 1]).scalar() <= 1e-9 * Double(count * count * rank))
        let values = try factor.doubles()
        for row in 0..<count {
            for column in 0..<count where column > row || column >= rank {
                #expect(values[row * count + column] == 0)
            }
        }
    }

    @Test("errors come from the batch-norms where there are any, else from the weights")
    func sources() throws {
        let network = try NetworkCase(name: "vgg11_bn").network()
        let graph = try BatchNormFolding.exact.folded(network)
        let moments = try NetworkMoments(batchNormsOf: network, foldedInto: graph)
        for group in try Coupling(graph).groups {
            let scores = (0..<group.width).map { Double($0 * 7 % group.width) }
            let known = try OutputSensitivity(
                group, in: graph.analysed(knowing: moments), scores: scores)
            let unknown = try OutputSensitivity(
                group, in: graph.analysed(knowing: NetworkMoments()), scores: scores)
            #expect(known.usesMoments && !unknown.usesMoments)
            for errors in [known.errors, unknown.errors] {
                #expect(errors.count == group.width + 1 && errors.last == 0)
                #expect(zip(errors, errors.dropFirst()).allSatisfy { $0 >= $1 } && errors[0] > 0)
            }
            #expect(known.errors != unknown.errors)
        }
    }

    @Test(
        "moments after a plan are those of the channels that are left", arguments: CompressionOrder.allCases)
    func moments(order: CompressionOrder) throws {
        let network = try NetworkCase(name: "vgg11_bn").network()
        let graph = try BatchNormFolding.exact.folded(network)
        let moments = try NetworkMoments(batchNormsOf: network, foldedInto: graph)
        var steps: [CompressionStep] = []
        for group in try Coupling(graph).groups {
            let kept = stride(from: 0, to: group.width, by: 3).map { $0 }
            steps.append(
                CompressionStep(
                    group: group.index, members: group.references, rule: "delete", scores: [],
                    map: try ChannelMap(deletingAllBut: kept, of: group, in: graph)))
        }
        if order == .forward { steps.reverse() }
        let plan = CompressionPlan(steps: steps, order: order)
        var after = moments
        _ = try plan.applied(to: AnalysedNetwork(graph)) { network, changes in
            after = try after.after(changes, on: network)
        }
        #expect(after.channels.count == moments.channels.count && !after.channels.isEmpty)
        for (name, channels) in after.channels {
            let old = try #require(moments.channels[name])
            let kept = stride(from: 0, to: old.mean.count, by: 3).map { $0 }
            #expect(channels.mean == kept.map { old.mean[$0] })
            for (new, index) in zip(channels.deviation, kept) {
                #expect(abs(new - old.deviation[index]) < 1e-9)
            }
        }
    }

    @Test("a plan that names a group twice is an error, not a trap")
    func repeated() throws {
        let graph = try AllocationTests.chain([6, 5])
        let group = try Coupling(graph).group(0)
        let step = CompressionStep(
            group: 0, members: group.references, rule: "delete", scores: [],
            map: try ChannelMap(deletingAllBut: [0], of: group, in: graph))
        for order in CompressionOrder.allCases {
            #expect(throws: CompressionError.self) {
                try CompressionPlan(steps: [step, step], order: order).applied(to: graph)
            }
        }
    }
}
