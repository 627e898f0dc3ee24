import Coupling
import Graph
import NetworkSupport
import Testing
import Torch

@Suite("What freezes channels, and what it costs")
struct FrozenCauseTests {
    @Test("causes stand in the order of the share of the parameters that they keep")
    func shares() throws {
        var graph = Graph(name: "test")
        let input = try graph.addInput("x", TensorType(.float32, [1, 4]))
        let wide = try graph.addParameter("wide", Tensor(random: .normal, shape: [4, 30], seed: 1))
        let narrow = try graph.addParameter("narrow", Tensor(random: .normal, shape: [30, 2], seed: 2))
        let hidden = try graph.addNode(
            StoredProduct(), [input, wide], name: "hidden")
        let strange = try graph.addNode(
            OpaqueOperator(
                "Strange", reason: "the operator is not known", outputs: [TensorType(.float32, [1, 30])]),
            hidden, name: "strange")
        graph.setOutputs(try graph.addNode(StoredProduct(), [strange[0], narrow], name: "y"))
        let causes = try Coupling(graph).frozenCauses(in: graph)
        #expect(causes.map(\.share) == causes.map(\.share).sorted(by: >))
        let first = try #require(causes.first)
        #expect(first.node == "strange" && first.operatorType == "Strange" && first.channels == 60)
        #expect(first.reason.contains("the operator is not known"))
        #expect(first.parameters == ["narrow", "wide"] && first.share == 1)
        let ends = causes.dropFirst()
        #expect(ends.allSatisfy { $0.node == nil } && ends.map(\.channels).sorted() == [2, 4])
    }

    @Test("a share of parameters that are stored as integers is one of all that hold channels")
    func codes() throws {
        var graph = Graph(name: "test")
        let input = try graph.addInput("x", TensorType(.float32, [1, 4]))
        let codes = try graph.addParameter("codes", Tensor(repeating: 1, shape: [4, 30], type: .int8))
        let numbers = try graph.addParameter("numbers", Tensor(random: .normal, shape: [30, 2], seed: 2))
        let hidden = try graph.addNode(StoredProduct(), [input, codes], name: "hidden")
        graph.setOutputs(try graph.addNode(StoredProduct(), [hidden[0], numbers], name: "y"))
        let shares = Dictionary(
            uniqueKeysWithValues: try Coupling(graph).frozenCauses(in: graph).map {
                ($0.parameters, $0.share)
            })
        #expect(shares == [["codes"]: 120.0 / 180, ["numbers"]: 60.0 / 180])
    }

    /// A product with a stored matrix, as a stand-in for the operators, which this target does not see.
    private struct StoredProduct: Operator {
        static let type = "MatMul"

        init() {}
        init(attributes: Attributes, signature: OperatorSignature) throws {}

        var attributes: Attributes { [:] }

        func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
            [TensorType(.float32, [try inputs.type(0).shape[0], try inputs.type(1).shape[1]])]
        }

        func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] { [] }

        func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
            [
                AxisLink(.input(1, 0), .input(0, 1), role: .consumer),
                AxisLink(.input(1, 1), .output(0, 1), role: .producer),
                .same(.input(0, 0), .output(0, 0)),
            ]
        }
    }
}
