import Checkpoints
import Graph
import Models
import Testing
import Torch

@Suite("New networks")
struct InitialisationTests {
    @Test("weights and biases are uniform within 1 / sqrt(fan-in), batch-norms the identity")
    func distribution() throws {
        let state = try Fixtures.architecture("vgg11_bn").initialised(widthMultiplier: 0.5, seed: 1)
            .stateDictionary
        for (key, fanIn) in [
            ("features.8.weight", 64 * 9), ("features.8.bias", 64 * 9), ("classifier.weight", 256),
        ] {
            let values = try #require(state[key]).doubles()
            let bound = 1 / Double(fanIn).squareRoot()
            #expect(values.allSatisfy { abs($0) <= bound * (1 + 1e-6) }, "\(key)")
            let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
            // Five standard errors of the mean square of a uniform variable: bound^2 sqrt(4 / 45 / n).
            let error = 5 * (4.0 / 45 / Double(values.count)).squareRoot()
            #expect(abs(variance / (bound * bound) - 1.0 / 3) <= error, "\(key)")
        }
        #expect(try Set(#require(state["features.9.weight"]).floats()) == [1])
        #expect(try Set(#require(state["features.9.bias"]).floats()) == [0])
        #expect(try Set(#require(state["features.9.running_mean"]).floats()) == [0])
        #expect(try Set(#require(state["features.9.running_var"]).floats()) == [1])
    }

    @Test("the seed decides, and each parameter differs")
    func seeds() throws {
        let architecture = try Fixtures.architecture("vgg11")
        func values(_ seed: UInt64) throws -> [[Float]] {
            try architecture.initialised(widthMultiplier: 0.25, seed: seed).stateDictionary.map {
                try $0.tensor.floats()
            }
        }
        let first = try values(5)
        #expect(try values(5) == first)
        let other = try values(6)
        #expect(zip(first, other).allSatisfy { $0 != $1 })
        #expect(Set(first.map { $0.prefix(4) }).count == first.count)
    }

    @Test("a parameter does not depend on other layers")
    func independence() throws {
        let wide = try Fixtures.architecture("resnet18").initialised(
            classes: 10, widthMultiplier: 0.125, seed: 2)
        let other = try Fixtures.architecture("resnet34").initialised(
            classes: 10, widthMultiplier: 0.125, seed: 2)
        let key = "layer1.0.conv1.weight"
        #expect(
            try wide.stateDictionary.tensor(named: key).floats()
                == other.stateDictionary.tensor(named: key).floats())
    }

    @Test("widths are scaled and rounded, never below 1")
    func widths() throws {
        let architecture = try Fixtures.architecture("vgg11_bn")
        func widths(_ multiplier: Double) throws -> [Int] {
            try architecture.outline(widthMultiplier: multiplier).stateDictionary.compactMap {
                $0.tensor.rank == 4 ? $0.tensor.shape[0] : nil
            }
        }
        #expect(try widths(0.125) == [8, 16, 32, 32, 64, 64, 64, 64])
        #expect(try widths(0.001) == [1, 1, 1, 1, 1, 1, 1, 1])
        #expect(try widths(1.5) == [96, 192, 384, 384, 768, 768, 768, 768])
    }

    @Test("narrow grouped convolutions have fewer groups")
    func groups() throws {
        let graph = try Fixtures.architecture("torchvision_resnext50_32x4d").outline(
            widthMultiplier: 1.0 / 16)
        let weight = try #require(graph.stateDictionary["layer1.0.conv2.weight"])
        #expect(weight.shape == [8, 1, 3, 3])
        let full = try Fixtures.architecture("torchvision_resnext50_32x4d").outline().stateDictionary
        #expect(full["layer1.0.conv2.weight"]?.shape == [128, 4, 3, 3])
    }

    @Test("options out of range are refused")
    func options() throws {
        let architecture = try Fixtures.architecture("vgg11")
        func expectFailure(_ text: String, _ body: () throws -> Graph) {
            let error = #expect(throws: ModelError.self) { _ = try body() }
            #expect(error?.description.contains(text) == true, "\(String(describing: error))")
        }
        expectFailure("classes must be in 1...1000000, got 0") { try architecture.initialised(classes: 0) }
        expectFailure("input channels") { try architecture.initialised(inputChannels: 0) }
        expectFailure("width multiplier") { try architecture.initialised(widthMultiplier: 0) }
        expectFailure("width multiplier") { try architecture.initialised(widthMultiplier: .nan) }
        expectFailure("got 0x32") {
            try architecture.initialised(imageSize: SpatialSize(height: 0, width: 32))
        }
    }
}
