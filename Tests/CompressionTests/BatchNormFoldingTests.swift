import Analysis
import AnalysisSupport
import Compression
import Graph
import NetworkSupport
import Testing
import Torch

@Suite("Folding of batch-norms")
struct BatchNormFoldingTests {
    /// Checks the outputs and returns how many batch-norms are left.
    private func remaining(
        _ shape: [Int] = [1, 4, 5, 5], method: BatchNormFolding = .exact,
        tolerance: Double = orderTolerance, _ build: (inout Sketch) throws -> ValueID
    ) throws -> Int {
        var sketch = try Sketch(input: shape)
        let last = try build(&sketch)
        if sketch.graph.outputs.isEmpty { sketch.finish([last]) }
        let graph = sketch.graph
        try graph.verify()
        let folded = try method.folded(graph)
        let input = try Tensor(random: .normal, shape: shape, seed: 1)
        let (expected, actual) = (try Executor(graph).run([input]), try Executor(folded).run([input]))
        #expect(expected.count == actual.count)
        for (first, second) in zip(actual, expected) {
            #expect(try relativeDifference(first, second) <= tolerance)
        }
        return folded.count(of: "BatchNormalization")
    }

    @Test("behind a convolution, with and without a bias, grouped and depthwise", arguments: [true, false])
    func convolutions(bias: Bool) throws {
        for (outputs, groups) in [(6, 1), (6, 2), (4, 4), (8, 4)] {
            let left = try remaining { sketch in
                let features = try sketch.convolution(
                    "a", sketch.input, outputs: outputs, groups: groups, bias: bias)
                return try sketch.normalisation("norm", features)
            }
            #expect(left == 0, "\(outputs) outputs in \(groups) groups")
        }
    }

    @Test("the new bias has PyTorch's name, and the batch-norm's parameters are gone")
    func names() throws {
        var sketch = try Sketch(input: [1, 2, 3, 3])
        let features = try sketch.convolution("a", sketch.input, outputs: 3, bias: false)
        sketch.finish([try sketch.normalisation("norm", features)])
        let folded = try BatchNormFolding.exact.folded(sketch.graph)
        #expect(Set(folded.parameters.map { folded[$0].name }) == ["a.weight", "a.bias"])
    }

    @Test("behind a transposed convolution and a fully connected layer")
    func otherLayers() throws {
        #expect(
            try remaining { sketch in
                let weight = try sketch.parameter("up.weight", [4, 3, 2, 2])
                let up = try sketch.node(
                    "ConvTranspose", "up", [sketch.input, weight], ["strides": .integers([2, 2])])
                return try sketch.normalisation("norm", up)
            } == 0)
        #expect(
            try remaining([1, 4]) { sketch in
                try sketch.normalisation("norm", sketch.linear("a", sketch.input, outputs: 5))
            } == 0)
        #expect(
            try remaining([1, 4]) { sketch in
                let weight = try sketch.parameter("weight", [4, 5])
                let bias = try sketch.parameter("bias", [1, 5])
                let features = try sketch.node(
                    "Gemm", "a", [sketch.input, weight, bias], ["alpha": .float(0.5)])
                return try sketch.normalisation("norm", features)
            } == 0)
    }

    @Test(
        "what the formula does not cover stays as it is: a scaled bias, a bias down the rows, a product without one"
    )
    func otherBiases() throws {
        #expect(
            try remaining([1, 4]) { sketch in
                let weight = try sketch.parameter("weight", [4, 5])
                let bias = try sketch.parameter("bias", [5])
                let features = try sketch.node(
                    "Gemm", "a", [sketch.input, weight, bias], ["beta": .float(0.5)])
                return try sketch.normalisation("norm", features)
            } == 1)
        #expect(
            try remaining([5, 4]) { sketch in
                let weight = try sketch.parameter("weight", [4, 5])
                let bias = try sketch.parameter("bias", [5, 1])
                let features = try sketch.node("Gemm", "a", [sketch.input, weight, bias])
                return try sketch.normalisation("norm", features)
            } == 1)
        #expect(
            try remaining([2, 4]) { sketch in
                let weight = try sketch.parameter("weight", [4, 5])
                let features = try sketch.node("MatMul", "a", [sketch.input, weight])
                return try sketch.normalisation("norm", features)
            } == 1)
    }

    @Test("several in a row are folded one after the other")
    func chain() throws {
        let left = try remaining { sketch in
            var features = sketch.input
            for name in ["a", "b", "c"] {
                features = try sketch.convolution(name, features, outputs: 5, bias: name == "b")
                features = try sketch.normalisation("\(name).norm", features)
                features = try sketch.node("Relu", "\(name).relu", [features])
            }
            return features
        }
        #expect(left == 0)
    }

    /// A block that normalises first: the stream goes on beside the batch-norm.
    @Test("before a convolution, as in pre-activation blocks, it stays")
    func preActivation() throws {
        let left = try remaining { sketch in
            let stem = try sketch.convolution("stem", sketch.input, outputs: 4)
            let first = try sketch.node("Relu", "relu", [sketch.normalisation("norm1", stem)])
            let inner = try sketch.normalisation("norm2", sketch.convolution("a", first, outputs: 6))
            let branch = try sketch.convolution("b", sketch.node("Relu", "relu2", [inner]), outputs: 4)
            let sum = try sketch.node("Add", "add", [stem, branch])
            return try sketch.normalisation("norm3", sum)
        }
        // Only the one inside of the block directly follows a weight that nothing else reads.
        #expect(left == 2)
    }

    @Test("where the convolution's output is needed elsewhere it stays")
    func otherUses() throws {
        #expect(
            try remaining { sketch in
                let features = try sketch.convolution("a", sketch.input, outputs: 4)
                let normalised = try sketch.normalisation("norm", features)
                sketch.finish([normalised, features])
                return normalised
            } == 1)
        #expect(
            try remaining { sketch in
                let features = try sketch.convolution("a", sketch.input, outputs: 4)
                let normalised = try sketch.normalisation("norm", features)
                return try sketch.node("Concat", "concat", [normalised, features], ["axis": .integer(1)])
            } == 1)
    }

    @Test("a weight or a bias that another layer uses too stays")
    func shared() throws {
        for sharesBias in [false, true] {
            let left = try remaining { sketch in
                let bias = try sketch.parameter("bias", [4])
                let weights = try ["weight", sharesBias ? "other" : "weight"].map { name in
                    try sketch.graph.value(named: name) ?? sketch.parameter(name, [4, 4, 1, 1])
                }
                let parts = try weights.enumerated().map { index, weight in
                    let inputs = [sketch.input, weight] + (sharesBias ? [bias] : [])
                    let features = try sketch.node("Conv", "conv\(index)", inputs)
                    return index == 0 ? try sketch.normalisation("norm", features) : features
                }
                return try sketch.node("Add", "add", parts)
            }
            #expect(left == 1, "bias \(sharesBias)")
        }
    }

    @Test("with the batch's own statistics it stays")
    func batchStatistics() throws {
        let left = try remaining([6, 4, 5, 5]) { sketch in
            let features = try sketch.convolution("a", sketch.input, outputs: 4)
            return try sketch.normalisation("norm", features, ["training_mode": .integer(1)])
        }
        #expect(left == 1)
    }

    @Test("the epsilon is the node's own")
    func epsilon() throws {
        let left = try remaining { sketch in
            let features = try sketch.convolution("a", sketch.input, outputs: 4)
            return try sketch.normalisation("norm", features, ["epsilon": .float(0.5)])
        }
        #expect(left == 0)
    }

    /// The published code leaves out epsilon: 1e-5 of variances around 1.
    @Test("without epsilon the outputs are the same but for the variances' 1e-5")
    func reference() throws {
        for method in BatchNormFolding.allCases {
            let network = NetworkCase(name: "vgg11_bn")
            let graph = try network.network()
            let folded = try method.folded(graph)
            let difference = try relativeDifference(
                folded.logits(network.images()), graph.logits(network.images()))
            #expect(difference <= (method == .exact ? orderTolerance : 1e-3))
            #expect(method == .exact || difference > 1e-7, "there would be no difference between the methods")
        }
    }

    @Test("a variance of zero needs epsilon; one that is negative or not a number is an error")
    func variances() throws {
        func graph(_ variance: Float) throws -> Graph {
            var sketch = try Sketch(input: [1, 2, 3, 3])
            sketch.finish([
                try sketch.normalisation("norm", sketch.convolution("a", sketch.input, outputs: 2))
            ])
            let id = try #require(sketch.graph.value(named: "norm.running_var"))
            return try sketch.graph.replacing(parameters: [id: Tensor([1, variance], shape: [2])])
        }
        let dead = try graph(0)
        let input = try Tensor(random: .normal, shape: [1, 2, 3, 3], seed: 1)
        #expect(
            try relativeDifference(
                BatchNormFolding.exact.folded(dead).logits(input), dead.logits(input)) <= roundingTolerance)
        for (variance, method) in [
            (0, .reference), (-1, .exact), (.nan, .exact), (.infinity, .exact),
        ] as [(Float, BatchNormFolding)] {
            let error = #expect(throws: GraphError.self, "\(variance)") {
                try method.folded(graph(variance))
            }
            #expect(error?.description.contains("norm") == true)
        }
    }
}
