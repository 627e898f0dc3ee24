import Graph
import Operators
import Testing
import Torch

@Suite("Operators in training")
struct OperatorTrainingTests {
    @Test("a batch normalisation uses the batch's statistics and reports new running ones")
    func batchNormalization() throws {
        let op = try OperatorRegistry.make(
            "BatchNormalization", attributes: ["momentum": .float(0.75), "epsilon": .float(0)], inputCount: 5)
        // One channel with the values 1, 2, 3, 6: mean 3, variance 3.5 over 4 and 14 / 3 over 3.
        let inputs = try [
            Tensor([1, 2, 3, 6] as [Float], shape: [2, 1, 2]), Tensor([2] as [Float]), Tensor([1] as [Float]),
            Tensor([10] as [Float]), Tensor([4] as [Float]),
        ]
        var context = EvaluationContext(isTraining: true)
        let output = try op.evaluate(inputs, in: &context)[0].doubles()
        let expected = [1, 2, 3, 6].map { ($0 - 3) / 3.5.squareRoot() * 2 + 1 }
        #expect(zip(output, expected).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(context.updates.keys.sorted() == [3, 4])
        let mean = try #require(context.updates[3]).scalar()
        let variance = try #require(context.updates[4]).scalar()
        #expect(abs(mean - (0.75 * 10 + 0.25 * 3)) < 1e-5)
        #expect(abs(variance - (0.75 * 4 + 0.25 * 14 / 3)) < 1e-5)
        #expect(try inputs[3].scalar() == 10)
    }

    @Test("outside of training a batch normalisation reports nothing")
    func batchNormalizationInference() throws {
        let op = try OperatorRegistry.make("BatchNormalization", inputCount: 5)
        let vector = try Tensor([1, 2] as [Float])
        var context = EvaluationContext()
        _ = try op.evaluate(
            [Tensor(random: .normal, shape: [3, 2], seed: 1), vector, vector, vector, vector], in: &context)
        #expect(context.updates.isEmpty)
    }

    @Test(
        "dropout drops its share, scales the rest and depends on nothing but the seed",
        arguments: [0.25, 0.5, 0.875])
    func dropout(_ ratio: Double) throws {
        let op = try OperatorRegistry.make("Dropout", inputCount: 2, outputCount: 2)
        let count = 20_000
        let input = try Tensor(random: .uniform, shape: [count], seed: 1).applying(.adding(1))
        func run(_ seed: UInt64) throws -> (values: [Double], mask: Tensor) {
            var context = EvaluationContext(isTraining: true, seed: seed)
            let outputs = try op.evaluate([input, Tensor([Float(ratio)], shape: [])], in: &context)
            return (try outputs[0].doubles(), outputs[1])
        }
        let (values, mask) = try run(5)
        #expect(mask.type == .bool)
        let kept = try mask.integers()
        for (index, original) in try input.doubles().enumerated() {
            let expected = kept[index] == 1 ? original / (1 - ratio) : 0
            #expect(abs(values[index] - expected) < 1e-5 * max(1, expected))
        }
        // Five standard deviations of a binomial share.
        let share = Double(kept.reduce(0, +)) / Double(count)
        #expect(abs(share - (1 - ratio)) < 5 * (ratio * (1 - ratio) / Double(count)).squareRoot())
        #expect(try run(5).values == values)
        #expect(try run(6).values != values)
    }

    @Test("gradients flow through a convolution and a PReLU")
    func gradients() throws {
        let weight = try Tensor(random: .normal, shape: [2, 1, 1], seed: 2).requiringGradient()
        let slope = try Tensor([0.5, 0.25] as [Float], shape: [2, 1]).requiringGradient()
        let input = try Tensor([1, -2, 3] as [Float], shape: [1, 1, 3])
        let conv = try OperatorRegistry.make("Conv", inputCount: 2)
        let activation = try OperatorRegistry.make("PRelu", inputCount: 2)
        let hidden = try conv.outputs([input, weight])[0]
        let output = try activation.outputs([hidden, slope])[0]
        let loss = try output.reduced(.sum, axes: [0, 1, 2])
        let gradients = try loss.gradients(of: [weight, slope])
        let weights = try weight.doubles()
        for channel in 0..<2 {
            let factor = [0.5, 0.25][channel]
            let x = [1.0, -2, 3]
            let expectedWeight = x.reduce(0) { $0 + ($1 * weights[channel] < 0 ? factor * $1 : $1) }
            let expectedSlope = x.reduce(0) { $0 + min($1 * weights[channel], 0) }
            let found = (try gradients[0]?.doubles()[channel], try gradients[1]?.doubles()[channel])
            #expect(abs(try #require(found.0) - expectedWeight) < 1e-5)
            #expect(abs(try #require(found.1) - expectedSlope) < 1e-5)
        }
    }
}
