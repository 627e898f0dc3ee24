import Graph
import Operators
import Torch

/// Builds a graph from a model.
struct GraphImporter {
    /// The graph so far.
    var graph: Graph
    /// The model in the graph's form, with bodies of functions and settled choices in their places, without
    /// the elements that the graph holds.
    var model: Onnx_ModelProto
    /// The model as read, without the same elements, if any node was replaced.
    var unexpanded: Onnx_ModelProto?
    /// The lengths at which the graph is traced.
    let lengths: DimensionTable
    private let stored: StoredTensors
    let log: TraceLog
    let external: ExternalData
    let operatorSet: Int
    var inliner: NodeInliner
    var declared: [String: Onnx_ValueInfoProto]
    private(set) var values: [String: ValueID] = [:]
    /// The choices that open lengths settled.
    var settledChoices: [String] = []
    var choiceCount = 0
    /// The nodes that read each value of the model's own graph.
    let readers: [String: [Onnx_NodeProto]]
    /// Whether the model has neither subgraphs nor functions of its own.
    let isFlat: Bool
    /// The bytes of the weights that are held as numbers instead of codes.
    var unpackedBytes = 0
    /// The weights that the model stores as integers.
    var quantisedWeights = QuantisedWeights()
    /// The scalings that are the second half of means.
    var divisions: Set<String> = []

    /// The supported versions of the standard.
    static let operatorSets = 7...28

    /// Reads a model.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - external: The files beside the model.
    ///   - lengths: The lengths to trace it at.
    ///   - stored: The tensors of earlier traces of the same model.
    ///   - log: Records how far it came.
    /// - Throws: `ONNXError` or `GraphError` naming what is wrong.
    init(
        _ model: Onnx_ModelProto, external: ExternalData, lengths: DimensionTable, stored: StoredTensors,
        log: TraceLog
    ) throws {
        guard model.hasGraph, !model.graph.node.isEmpty || !model.graph.output.isEmpty else {
            throw ONNXError("it has no graph, so it is not an ONNX model")
        }
        self.model = model
        self.external = external
        (self.lengths, self.stored, self.log) = (lengths, stored, log)
        operatorSet = try Self.operatorSet(of: model)
        inliner = NodeInliner(model)
        declared = Dictionary((model.graph.valueInfo + model.graph.output).map { ($0.name, $0) }) { $1 }
        graph = Graph(name: model.graph.name)
        readers = Self.readers(in: model.graph)
        isFlat = model.functions.isEmpty && model.graph.node.allSatisfy(\.subgraphs.isEmpty)
        for input in model.graph.callerInputs {
            try define(input.name, graph.addInput(input.name, lengths.type(of: input)))
        }
        try addInitialisers()
        try addNodes()
        graph.setOutputs(
            try model.graph.output.map { output in
                guard let id = values[output.name] else {
                    throw ONNXError("output \(output.name) is never computed")
                }
                return id
            })
        try graph.verify()
    }

    private static func operatorSet(of model: Onnx_ModelProto) throws(ONNXError) -> Int {
        let imported = model.opsetImport.filter { $0.domain.isEmpty || $0.domain == "ai.onnx" }.map(\.version)
        guard let version = imported.first else {
            guard model.graph.node.allSatisfy({ !$0.isStandard }) else {
                throw ONNXError("it does not declare the version of its operator set")
            }
            return OperatorSignature.currentOperatorSet
        }
        guard imported.allSatisfy({ $0 == version }) else {
            throw ONNXError("it uses several versions of the operator set: \(imported)")
        }
        guard let known = Int(exactly: version), operatorSets.contains(known) else {
            throw ONNXError(
                "it uses version \(version) of the operator set; versions \(operatorSets.lowerBound) to \(operatorSets.upperBound) are supported"
            )
        }
        return known
    }

    private mutating func define(_ name: String, _ id: ValueID) throws(ONNXError) {
        guard !name.isEmpty else { throw ONNXError("an input or a stored tensor has no name") }
        guard values.updateValue(id, forKey: name) == nil else {
            throw ONNXError("two values are named \(name)")
        }
    }

    // MARK: Stored tensors

    private mutating func addInitialisers() throws {
        for index in model.graph.initializer.indices {
            let proto = model.graph.initializer[index]
            let tensor = try stored.tensor(proto.name) { try TensorReader.tensor(proto, external: external) }
            try addInitialiser(at: index, tensor)
        }
        for sparse in model.graph.sparseInitializer {
            try addOpaqueTensor(sparse.values.name, "SparseInitializer", "sparse tensors are not supported")
        }
    }

    mutating func addInitialiser(at index: Int, _ tensor: Tensor?) throws {
        let proto = model.graph.initializer[index]
        guard let tensor else {
            let reason = "elements of type \(ElementType.name(proto.dataType)) are not supported"
            return try addOpaqueTensor(proto.name, "Initializer", reason)
        }
        try define(proto.name, graph.addParameter(proto.name, tensor))
        // The graph holds the elements now; truth values other than 0 and 1 are kept, to be written
        // unchanged.
        let isExact = tensor.type != .bool
        if proto.hasRawData, isExact, !proto.rawData.isEmpty {
            model.graph.initializer[index].rawData.removeAll()
        }
    }

    private mutating func addOpaqueTensor(_ name: String, _ type: String, _ reason: String) throws {
        let op = OpaqueOperator(type, reason: reason, outputs: [.unknown])
        for id in try graph.addNode(op, [], name: name, outputNames: [name]) { try define(name, id) }
    }

    // MARK: Nodes

    /// Adds a node.
    mutating func add(_ node: Onnx_NodeProto) throws {
        log.nodeCount += 1
        guard !node.namedOutputs.isEmpty else { throw ONNXError("node \(node.label) has no output") }
        guard Set(node.attribute.map(\.name)).count == node.attribute.count else {
            throw ONNXError("node \(node.label) (\(node.typeName)) has two attributes of the same name")
        }
        if try addConstant(node) { return }
        var inputs = try node.input.map { name -> ValueID? in
            guard !name.isEmpty else { return nil }
            guard let id = values[name] else {
                throw ONNXError(
                    "node \(node.label) (\(node.typeName)) uses \(name), which no earlier node computes")
            }
            return id
        }
        inputs += CapturedNames(node).names.compactMap { values[$0] }
        let (op, outputs) = try understood(node, inputs)
        let ids = try graph.addNode(op, inputs, name: node.label, outputNames: outputs)
        for (name, id) in zip(node.output, ids) where !name.isEmpty { try define(name, id) }
    }

    /// Adds a node that holds a tensor as a stored tensor, so that operators see its elements and pruning can
    /// change it.
    private mutating func addConstant(_ node: Onnx_NodeProto) throws -> Bool {
        guard node.opType == "Constant", node.isStandard, node.input.isEmpty, node.output.count == 1,
            let op = try? OperatorRegistry.make(
                node.opType, attributes: AttributeReader.attributes(node, external: external), inputCount: 0,
                operatorSet: operatorSet)
        else { return false }
        var context = EvaluationContext()
        guard let tensor = try op.evaluate([], in: &context).first else { return false }
        try define(node.output[0], graph.addParameter(node.output[0], tensor))
        return true
    }

    /// Returns a node's operator, opaque if it is unsupported and deferred if it depends on values that are
    /// unknown until the network runs, and the names of its outputs.
    private func understood(_ node: Onnx_NodeProto, _ inputs: [ValueID?]) throws -> (any Operator, [String]) {
        let names = Array(
            node.output.enumerated().map { $1.isEmpty ? graph.freshName("\(node.label)#\($0)") : $1 }.prefix(
                (node.output.lastIndex { !$0.isEmpty } ?? 0) + 1))
        let types = names.map { name in declared[name].map(lengths.declaredType) ?? .unknown }
        func opaque(_ reason: String) -> (any Operator, [String]) {
            (OpaqueOperator(node.typeName, reason: reason, outputs: types), names)
        }
        if let function = inliner.function(of: node) {
            let obstacle = inliner.obstacle(to: function) ?? "called too deeply"
            return opaque("it is a function of the model's own, \(obstacle)")
        }
        if ControlRegistry.contains(node.opType, domain: node.domain) {
            let reason = node.subgraphs.isEmpty ? "it makes or takes sequences" : "it has subgraphs"
            do {
                let op = try controlOperator(node, inputCount: inputs.count, outputCount: names.count)
                return (DeferredOperator(op, reason: reason, outputs: types), names)
            } catch let error as GraphError {
                return opaque(error.message)
            }
        }
        guard node.subgraphs.isEmpty else { return opaque("it has subgraphs") }
        let isChoice = node.domain == BranchChoice.domain && node.opType == BranchChoice.type
        let isNeighbours = Self.isNeighbourConvolution(node)
        let isBlocks = Self.isBlockDequantisation(node)
        guard
            isChoice || isNeighbours || isBlocks
                || OperatorRegistry.contains(node.opType, domain: node.domain)
        else {
            return opaque("the operator is not known")
        }
        // It is a choice only if both branches are supported.
        if isChoice, let id = inputs.compactMap({ $0 }).first(where: { !graph[$0].type.isKnown }) {
            throw GraphError("the type of \(graph[id].name) is unknown", node: node.label)
        }
        let op: any Operator
        do {
            op =
                isChoice
                ? try BranchChoice(
                    attributes: [:],
                    signature: OperatorSignature(inputCount: inputs.count, outputCount: names.count))
                : isNeighbours
                    ? try neighbourConvolution(node)
                    : isBlocks
                        ? try BlockDequantisation(
                            attributes: AttributeReader.attributes(node, external: external),
                            signature: OperatorSignature(inputCount: inputs.count))
                        : try OperatorRegistry.make(
                            node.opType, domain: node.domain,
                            attributes: AttributeReader.attributes(node, external: external),
                            inputCount: inputs.count,
                            outputCount: names.count, operatorSet: operatorSet)
        } catch let error as GraphError where !isChoice {
            return opaque(error.message)
        }
        do {
            let inferred = try graph.inferredTypes(of: op, inputs)
            guard inferred.count >= names.count else {
                return opaque("\(names.count) outputs requested, \(inferred.count) known")
            }
            return (op, names)
        } catch let error as GraphError where error.awaitsRun {
            return (DeferredOperator(op, reason: error.message, outputs: types), names)
        } catch let error as GraphError
            where !isChoice
            && (error.isLimitation || (types.allSatisfy(\.isKnown) && !isAnyLengthChosen))
        {
            return opaque(error.message)
        } catch {
            log.misfit = graph.operatorInputs(inputs)
            throw GraphError("\(node.typeName): \(error)\(hint.map { " (\($0))" } ?? "")", node: node.label)
        }
    }

    /// Returns the operator of a node with subgraphs or sequences.
    private func controlOperator(
        _ node: Onnx_NodeProto, inputCount: Int, outputCount: Int
    ) throws -> any ControlOperator {
        let captured = CapturedNames(node).names.filter { values[$0] != nil }
        let held = node.attribute.filter(\.hasG).map {
            ($0.name, ImportedSubgraph($0.g, captured: captured, in: model, external: external))
        }
        var plain = node
        plain.attribute.removeAll(where: \.hasG)
        return try ControlRegistry.make(
            node.opType, domain: node.domain,
            attributes: AttributeReader.attributes(plain, external: external),
            subgraphs: Dictionary(held) { $1 }, capturedCount: captured.count,
            signature: OperatorSignature(
                operatorSet: operatorSet, inputCount: inputCount, outputCount: outputCount))
    }

    /// Whether any length other than the batch's was chosen, not declared or requested.
    private var isAnyLengthChosen: Bool { lengths.assumptions.contains { $0.axis > 0 } }

    /// A hint for shapes that do not fit because of a chosen length.
    private var hint: String? {
        let assumptions = lengths.assumptions
        return (assumptions.first { $0.axis > 0 } ?? assumptions.first).map {
            """
            axis \($0.axis) of input \($0.input) has an open length, of which those that were tried do not fit, such \
            as \
            \($0.length): give the shape of the input
            """
        }
    }

    /// What other lengths may improve: choices that could not be followed, and values without elements.
    var flaws: Int {
        graph.nodes.count { $0.type == "If" && !($0.op is BranchChoice) }
            + graph.valueIDs.count {
                graph[$0].type.element.isFloatingPoint && graph[$0].type.shape.contains(0)
            }
    }
}
