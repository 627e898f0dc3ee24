import Graph
import Operators
import Testing
import Torch

@Suite("Every operator")
struct OperatorTableTests {
    @Test("has a row in the table, and the goldens are there")
    func coverage() {
        #expect(Set(OperatorTable.rows.map(\.type)) == Set(OperatorRegistry.types))
        #expect(OperatorGoldens.cases.count > 300)
    }

    @Test("is the same again after its attributes are written and read", arguments: OperatorCase.all)
    func roundTrip(_ row: OperatorCase) throws {
        let op = try row.makeOperator()
        let again = try row.makeOperator(op.attributes)
        #expect(again.attributes.names == op.attributes.names)
        let inputs = try row.tensors()
        for (first, second) in zip(try op.outputs(inputs), try again.outputs(inputs)) {
            #expect(try first.bytes() == second.bytes())
        }
    }

    @Test("computes the types that it infers", arguments: OperatorCase.all)
    func types(_ row: OperatorCase) throws {
        let op = try row.makeOperator()
        let inputs = try row.tensors()
        let inferred = try op.inferredTypes(OperatorCase.operatorInputs(inputs, of: op))
        #expect(inferred.count == row.outputCount)
        #expect(try op.outputs(inputs).map(\.tensorType) == inferred)
    }

    @Test("understands every input that it is given, and no further one", arguments: OperatorCase.all)
    func inputs(_ row: OperatorCase) throws {
        let op = try row.makeOperator()
        let inputs = OperatorCase.operatorInputs(try row.tensors(), of: op)
        _ = try op.understoodTypes(inputs)
        guard !["Concat", "Max", "Mean", "Min", "Sum"].contains(row.type) else { return }
        let types = inputs.types + [nil, nil, nil, nil, nil, TensorType(.float32, [3, 1, 4, 1, 5])]
        let more = OperatorInputs(types: types, constants: inputs.types.indices.map(inputs.constant))
        let error = #expect(throws: GraphError.self) { try op.understoodTypes(more) }
        #expect(error?.message == "input \(types.count - 1) is not supported")
    }

    @Test("refuses attributes that it does not know, by name", arguments: OperatorTable.rows)
    func unknownAttributes(_ row: OperatorCase) throws {
        var attributes = try row.makeOperator().attributes
        attributes["unheard_of"] = .integer(0)
        let error = #expect(throws: GraphError.self) { try row.makeOperator(attributes) }
        // A Constant has one attribute.
        let expected =
            row.type == "Constant" ? "needs one of value" : "attribute unheard_of is not supported"
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }

    @Test("computes what other implementations do", arguments: OperatorGoldens.cases)
    func goldens(_ row: OperatorCase) throws {
        let outputs = try row.makeOperator().outputs(row.tensors())
        #expect(outputs.count == row.expected.count)
        for (output, expected) in zip(outputs, row.expected) {
            let expected = try #require(try expected.tensor(seed: 0))
            #expect(try difference(output, expected) == nil)
        }
    }

    @Test(
        "keeps its promise when linked lanes are removed",
        arguments: (OperatorTable.rows + OperatorGoldens.cases.filter { !$0.hasZeroPoints })
            // The statistics of embeddings run over an axis that the first input does not have.
            .filter { $0.type != "EmbedLayerNormalization" })
    func links(_ row: OperatorCase) throws {
        let op = try row.makeOperator()
        let inputs = try row.tensors()
        let known = OperatorCase.operatorInputs(inputs, of: op)
        let choices = try op.axisAlternatives(known, outputs: op.inferredTypes(known))
        for alternative in 0..<max(choices.map(\.count).max() ?? 1, 1) {
            let check = try RemovalCheck(
                op, inputs: inputs, alternative: alternative, statisticsAxes: row.statisticsAxes)
            if alternative == 0, let expected = row.freeClasses {
                #expect(check.classes.free.count == expected)
            }
            try Self.expectPromise(check, row)
        }
    }

    private static func expectPromise(_ check: RemovalCheck, _ row: OperatorCase) throws {
        let seed: UInt64 = 7
        var generator = SplitMixGenerator(seed: seed)
        let (statistical, exact) = (
            check.classes.free.filter { item in row.statisticsAxes.contains { item[.input(0, $0)] != nil } },
            check.classes.free.filter { item in
                !row.statisticsAxes.contains { item[.input(0, $0)] != nil }
            }
        )
        var removals =
            exact.map { [$0] } + (0..<4).map { _ in exact.filter { _ in Bool.random(using: &generator) } }
        if let axis = row.inputs.first?.doubledAxis {
            // Without the copies the statistics are what they were.
            let copies = Set(row.inputs[0].copiedLanes)
            removals.append(statistical.filter { $0[.input(0, axis)]?.isSubset(of: copies) == true })
            #expect(removals.last?.isEmpty == false)
        }
        // The lengths of axes are what these operators compute from.
        let readsLengths = ["RandomNormalLike", "Shape", "Size"].contains(row.type)
        for removed in removals where !removed.isEmpty {
            guard let outcome = try check.removing(removed) else { continue }
            #expect(outcome.actual.map(\.tensorType) == outcome.inferred)
            for (actual, expected) in zip(outcome.actual, outcome.expected) where !readsLengths {
                #expect(try difference(actual, expected) == nil, "seed \(seed), removed \(removed)")
            }
            // What is written to a file after the change must say the same.
            let again = try row.makeOperator(outcome.resized.attributes).outputs(outcome.resizedInputs)
            #expect(try zip(again, outcome.actual).allSatisfy { try $0.bytes() == $1.bytes() })
        }
    }

    @Test("gives every linked parameter a role, with its own axis first", arguments: OperatorTable.rows)
    func roles(_ row: OperatorCase) throws {
        let op = try row.makeOperator()
        let inputs = OperatorCase.operatorInputs(try row.tensors(), of: op)
        let types = try op.inferredTypes(inputs)
        let weighted = [
            "Conv", "ConvTranspose", "BatchNormalization", "Gemm", "InstanceNormalization",
            "LayerNormalization", "MatMul", "PRelu", "RMSNormalization",
        ]
        guard weighted.contains(row.type) else { return }
        let links = try op.axisLinks(inputs, outputs: types)
        for index in 1..<inputs.count {
            let own = links.filter { $0.first.slot == .input(index) }
            #expect(own.allSatisfy { $0.role != nil }, "input \(index)")
            // A single element is stretched over all channels.
            #expect(own.isEmpty == (inputs.types[index]?.count == 1), "input \(index)")
        }
    }

    @Test("costs what naive loops count", arguments: OperatorCase.all)
    func cost(_ row: OperatorCase) throws {
        let op = try row.makeOperator()
        let inputs = OperatorCase.operatorInputs(try row.tensors(), of: op)
        let types = try op.inferredTypes(inputs)
        let transposesLeft = try row.attributes.integer("transA", default: 0) != 0
        let counted = NaiveCost.multiplyAccumulates(
            row.type, domain: row.domain, inputs: inputs.types.map { $0?.shape ?? [] },
            outputs: types.map(\.shape), attributes: row.attributes, transposesLeft: transposesLeft,
            equation: try row.attributes.string("equation", default: ""))
        #expect(op.cost(inputs, outputs: types).multiplyAccumulates == counted)
        let multiplies = [
            "Attention", "CausalConvWithState", "Conv", "ConvInteger", "ConvTranspose", "DeformConv",
            "DynamicQuantizeLSTM", "DynamicQuantizeMatMul", "Einsum", "FusedConv", "FusedMatMul", "Gemm",
            "GroupQueryAttention",
            "GRU",
            "LinearAttention", "LSTM", "MatMul", "MatMulInteger", "MatMulNBits", "MultiHeadAttention",
            "NhwcConv",
            "QAttention", "QLinearConv", "QLinearMatMul", "RNN",
        ]
        #expect(
            (counted > 0) == (multiplies.contains(row.type) && !(row.type == "Einsum" && inputs.count == 1)))
    }

    /// Claims that removing a class before a softmax leaves the other probabilities alone.
    private struct Boaster: Operator {
        static let type = "Boaster"
        init() {}
        init(attributes: Attributes, signature: OperatorSignature) throws {}
        var attributes: Attributes { [:] }
        func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] { [try inputs.type(0)] }
        func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
            try inputs.compactMap { try $0?.softmax(axis: 1) }
        }
        func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
            [.same(.input(0, 0), .output(0, 0)), .same(.input(0, 1), .output(0, 1))]
        }
    }

    @Test("the removal check finds a link that does not hold")
    func boaster() throws {
        let check = try RemovalCheck(Boaster(), inputs: [Tensor(random: .normal, shape: [2, 3], seed: 1)])
        #expect(check.classes.free.count == 5)
        let broken = try check.classes.free.filter { item in
            guard let outcome = try check.removing([item]) else { return false }
            return try difference(outcome.actual[0], outcome.expected[0]) != nil
        }
        #expect(broken.count == 3)
        #expect(broken.allSatisfy { $0[.output(0, 1)] != nil })
    }
}
