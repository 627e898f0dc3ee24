import Calibration
import Compression
import Coupling
import Evaluation
import Graph
import NetworkSupport
import Pruning
import Testing
import Torch

@Suite("Allocation by measurement")
struct MeasuredAllocationTests {
    @Test("a group of which the inputs show nothing stays whole, and is named")
    func unseen() throws {
        var sketch = try Sketch(input: [2, 3, 8, 8])
        let seen = try sketch.node("Relu", "r", [sketch.convolution("a", sketch.input, outputs: 16)])
        let hidden = try sketch.node("Relu", "q", [sketch.convolution("c", sketch.input, outputs: 12)])
        let zero = try sketch.parameter("zero", Tensor(repeating: 0, shape: [1]))
        let nothing = try sketch.node(
            "Mul", "m", [sketch.convolution("d", hidden, outputs: 16), zero])
        let sum = try sketch.node("Add", "s", [seen, nothing])
        try sketch.classifier(sketch.node("Relu", "t", [sketch.convolution("e", sum, outputs: 24)]))
        var options = try PruningOptions(
            effort: .quick, budgets: [Budget(.multiplyAccumulates, limit: 0.9)])
        options.calibration = try CalibrationRequest(source: .synthetic, images: 32)
        let result = try Pruner(sketch.graph, options: options).run()
        let whole = try #require(result.groups.first { $0.width == 12 })
        #expect(whole.keptChannels.count == 12)
        #expect(whole.reason == "the inputs do not show what it does")
        #expect(result.groups.contains { $0.keptChannels.count < $0.width })
    }

    @Test("dead channels go, and do not make those of their group that live look free")
    func dead() throws {
        var sketch = try Sketch(input: [2, 3, 8, 8])
        let (width, live) = (32, 20)
        let weight = try Tensor(random: .normal, shape: [live, 3, 3, 3], seed: 5)
        let nothing = try Tensor(repeating: 0, shape: [width - live, 3, 3, 3])
        let first = try sketch.node(
            "Conv", "a",
            [
                sketch.input, sketch.parameter("a.weight", .concatenated([weight, nothing], axis: 0)),
                sketch.parameter("a.bias", Tensor(repeating: 0, shape: [width])),
            ], ["pads": .integers([1, 1, 1, 1])])
        let second = try sketch.convolution("b", sketch.node("Relu", "r", [first]), outputs: 48)
        try sketch.classifier(sketch.node("Relu", "t", [second]))
        var options = try PruningOptions(
            effort: .quick, budgets: [Budget(.multiplyAccumulates, limit: 0.55)],
            limits: WidthLimits(multiple: 1))
        options.calibration = try CalibrationRequest(source: .synthetic, images: 64)
        let result = try Pruner(sketch.graph, options: options).run()
        let kept = try #require(result.groups.first { $0.width == width }).keptChannels
        #expect(kept.allSatisfy { $0 < live })
        #expect(kept.count > live / 2)
    }

    @Test("made-up inputs take both sides of what a network decides by, so that neither branch is unseen")
    func branches() throws {
        var sketch = try Sketch(input: [2, 3, 8, 8])
        let rate = try sketch.input("rate", TensorType(.int64, []))
        let fast = try sketch.parameter("fast", Tensor([16000]).reshaped([]))
        let isFast = try sketch.node("Equal", "is_fast", [rate, fast])
        let branches = try [("one", 16), ("other", 24)].map { name, width in
            let hidden = try sketch.node(
                "Relu", name + "_r", [sketch.convolution(name, sketch.input, outputs: width)])
            return try sketch.convolution(name + "_last", hidden, outputs: 8)
        }
        let chosen = try sketch.node("Where", "chosen", [isFast, branches[0], branches[1]])
        try sketch.classifier(sketch.node("Relu", "t", [chosen]))
        var options = try PruningOptions(
            effort: .quick, budgets: [Budget(.multiplyAccumulates, limit: 0.7)])
        options.calibration = try CalibrationRequest(source: .synthetic, images: 128)
        let result = try Pruner(sketch.graph, options: options).run()
        for width in [16, 24] {
            let group = try #require(result.groups.first { $0.width == width })
            #expect(group.reason != "the inputs do not show what it does", "\(width)")
        }
    }

    @Test("what decides is asked for numbers that its type holds", arguments: [DType.uint8, .int32, .bool])
    func narrowTypes(_ type: DType) throws {
        var sketch = try Sketch(input: [2, 3, 8, 8])
        let choice = try sketch.input("choice", TensorType(type, []))
        let zero = try sketch.parameter("zero", Tensor([0]).converted(to: type).reshaped([]))
        let isZero = try sketch.node("Equal", "is_zero", [choice, zero])
        let hidden = try sketch.node("Relu", "r", [sketch.convolution("a", sketch.input, outputs: 16)])
        let branches = try ["b", "c"].map { try sketch.convolution($0, hidden, outputs: 8) }
        try sketch.classifier(sketch.node("Where", "chosen", [isZero, branches[0], branches[1]]))
        let options = try PruningOptions(
            effort: .quick, budgets: [Budget(.multiplyAccumulates, limit: 0.7)])
        let result = try Pruner(sketch.graph, options: options).run()
        #expect(result.after.parameters < result.before.parameters)
    }

    @Test("the budget is kept, with inputs and without, and the result is judged on others")
    func budget() throws {
        let graph = try BundledNetwork.digits("resnet18")
        for calibrates in [false, true] {
            var options = try PruningOptions(
                effort: .minimal, budgets: [Budget(.multiplyAccumulates, limit: 0.7)],
                allocation: MeasuredAllocation.name)
            if calibrates { options.calibration = try CalibrationRequest(source: .synthetic, images: 48) }
            let pruner = try Pruner(graph, options: options)
            let result = try pruner.run()
            #expect(result.outcomes[0].reached <= 0.7 && result.outcomes[0].reached > 0.6)
            let judgement = try #require(try pruner.fidelity(of: result))
            #expect(judgement.inputs == .photographs && judgement.fidelity.samples >= 8)
            #expect(judgement.fidelity.outputs.count == 1)
        }
    }

    @Test("several ways compete, and the first yields only to what is clearly better on other inputs")
    func contest() throws {
        let graph = try BundledNetwork.digits("resnet18")
        var options = try PruningOptions(
            budgets: [Budget(.multiplyAccumulates, limit: 0.6)],
            calibration: CalibrationRequest(source: .synthetic, images: 48))
        options.calibration?.refinementSteps = 0
        let result = try Pruner(graph, options: options).run()
        #expect(result.contest.count > 1)
        let chosen = result.contest.filter(\.isChosen)
        try #require(chosen.count == 1)
        let needed = 0.95 * result.contest[0].divergence
        #expect(result.contest[0].isChosen || chosen[0].divergence < needed)
        #expect(
            result.contest.dropFirst().allSatisfy { $0.divergence >= min(chosen[0].divergence, needed) })
        #expect(result.contest.allSatisfy { 0.9 * $0.divergence <= $0.unfitted && $0.divergence > 0 })
        options.effort = .quick
        options.allocation = MeasuredAllocation.name
        #expect(try Pruner(graph, options: options).run().contest.isEmpty)
    }

    @Test("a group's own exponent is that between its two measurements")
    func exponent() {
        let points = [(share: 0.25, divergence: 0.01), (share: 0.5, divergence: 0.04)]
        #expect(abs(ErrorGrowth.measured(lessBy: 0).exponent(of: points) - 2) < 1e-12)
        #expect(abs(ErrorGrowth.measured(lessBy: 0.5).exponent(of: points) - 1.5) < 1e-12)
        #expect(ErrorGrowth.measured(lessBy: 2).exponent(of: points) == 1)
        #expect(ErrorGrowth.measured(lessBy: 0).exponent(of: [(0.25, 0), (0.5, 0)]) == 1)
        #expect(ErrorGrowth.power(1.25).exponent(of: points) == 1.25)
        #expect(ErrorGrowth.predicted(power: 0.8).exponent(of: points) == 1)
    }
}
