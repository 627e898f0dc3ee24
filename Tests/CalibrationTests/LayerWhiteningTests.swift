import Calibration
import Graph
import Testing
import Torch

@Suite("Whitened coordinates of layers")
struct LayerWhiteningTests {
    private let linear = LinearLayer(biasInput: nil, weightOutputAxis: 1, outputAxis: 1)

    @Test("steps of equal length in any direction change the outputs alike")
    func equalSteps() throws {
        // Five inputs of very different size that share a mean.
        let sizes = try Tensor([0.1, 1, 10, 3, 0.5], shape: [1, 5])
        let inputs = try Tensor(random: .normal, shape: [4096, 5], seed: 1).converted(to: .float64)
            .multiplied(by: sizes).applying(.adding(2))
        let weight = try Tensor(random: .normal, shape: [5, 3], seed: 2).converted(to: .float64)
        let whitening = try #require(
            try LayerWhitening(linear, weight: weight, inputs: [inputs]))
        let outputs = try inputs.matrixMultiplied(by: weight)
        let size = try outputs.multiplied(by: outputs).reduced(.mean, axes: []).scalar().squareRoot()
        #expect(abs(whitening.scale / size - 1) < 1e-9)
        #expect(whitening.coordinates == [3, 5])
        for seed in 3..<8 {
            let step = try Tensor(random: .normal, shape: [3, 5], seed: UInt64(seed)).converted(to: .float64)
            let changed = try whitening.weight(step, from: weight).subtracting(weight)
            let effect = try inputs.matrixMultiplied(by: changed)
            let found = try effect.multiplied(by: effect).reduced(.mean, axes: []).scalar()
            let length = try step.multiplied(by: step).reduced(.sum, axes: []).scalar()
            // Directions of little variance have their share cut by the ridge.
            let expected = size * size * length / 15
            #expect((0.3...1.01).contains(found / expected), "\(found / expected)")
        }
    }

    @Test("the gradient by the coordinates is that of the weight through them")
    func gradients() throws {
        let inputs = try Tensor(random: .normal, shape: [64, 4], seed: 1).converted(to: .float64)
        let weight = try Tensor(random: .normal, shape: [4, 2], seed: 2).converted(to: .float64)
        let whitening = try #require(try LayerWhitening(linear, weight: weight, inputs: [inputs]))
        let gradient = try Tensor(random: .normal, shape: [4, 2], seed: 3).converted(to: .float64)
        let change = try Tensor(random: .normal, shape: [2, 4], seed: 4).converted(to: .float64)
        func product(_ a: Tensor, _ b: Tensor) throws -> Double {
            try a.multiplied(by: b).reduced(.sum, axes: []).scalar()
        }
        let moved = try whitening.weight(change, from: weight).subtracting(weight)
        let (left, right) = (
            try product(whitening.gradient(gradient), change), try product(gradient, moved)
        )
        #expect(abs(left - right) < 1e-9 * max(abs(left), 1))
    }

    @Test("a layer that reads nothing but zeros has no coordinates")
    func nothingRead() throws {
        let weight = try Tensor(repeating: 1, shape: [4, 2], type: .float32)
        let zeros = try Tensor(repeating: 0, shape: [8, 4], type: .float32)
        #expect(try LayerWhitening(linear, weight: weight, inputs: [zeros]) == nil)
        #expect(try LayerWhitening(linear, weight: weight, inputs: []) == nil)
    }
}
