import Graph
import Operators
import Testing
import Torch

@Suite("Operator registry")
struct OperatorRegistryTests {
    @Test("an unknown operator is named in the error")
    func unknown() {
        let error = #expect(throws: GraphError.self) {
            try OperatorRegistry.make("Blur", domain: "com.example", inputCount: 1)
        }
        #expect(error?.message == "unknown operator type Blur of domain com.example")
    }

    @Test("types are sorted and unique")
    func types() {
        #expect(OperatorRegistry.types == Set(OperatorRegistry.types).sorted())
        #expect(OperatorRegistry.contains("Conv", domain: "ai.onnx"))
        #expect(!OperatorRegistry.contains("Conv", domain: "com.example"))
    }

    @Test("a small network runs with the inferred shapes")
    func network() throws {
        var graph = Graph(name: "small")
        let image = try graph.addInput("image", TensorType(.float32, [2, 3, 8, 8]))
        let weight = try graph.addParameter(
            "conv.weight", Tensor(random: .normal, shape: [4, 3, 3, 3], seed: 1))
        func vector(_ name: String, _ value: Double) throws -> ValueID {
            try graph.addParameter(name, Tensor(repeating: value, shape: [4]))
        }
        func node(_ type: String, _ inputs: [ValueID], _ attributes: Attributes = [:]) throws -> ValueID {
            let op = try OperatorRegistry.make(type, attributes: attributes, inputCount: inputs.count)
            return try graph.addNode(op, inputs, name: type)[0]
        }
        let conv = try node("Conv", [image, weight], ["pads": .integers([1, 1, 1, 1])])
        let norm = try node(
            "BatchNormalization",
            [
                conv, vector("bn.weight", 1), vector("bn.bias", 0.5), vector("bn.running_mean", 0.1),
                vector("bn.running_var", 2),
            ])
        let relu = try node("Relu", [norm])
        let pool = try node(
            "MaxPool", [relu], ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])])
        let mean = try node("GlobalAveragePool", [pool])
        let flat = try node("Flatten", [mean])
        let fc = try graph.addParameter("fc.weight", Tensor(random: .normal, shape: [5, 4], seed: 2))
        let logits = try node("Gemm", [flat, fc], ["transB": .integer(1)])
        graph.setOutputs([logits])
        try graph.verify()
        let output = try Executor(graph).run([Tensor(random: .normal, shape: [2, 3, 8, 8], seed: 3)])[0]
        #expect(output.tensorType == graph[logits].type)
        #expect(graph[flat].type.shape == [2, 4])
        #expect(graph[pool].type.shape == [2, 4, 4, 4])
        #expect(try output.floats().contains { abs($0) > 1e-3 })
    }
}
