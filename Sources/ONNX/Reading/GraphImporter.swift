import Graph
import Operators
import Torch

/// Builds a graph from a model.
struct GraphImporter {
    /// The graph so far.
    private(set) var graph: Graph
    /// The model as the graph has it, with the bodies of functions and of choices that are settled in their places; elements
    /// that the graph holds too are taken out of it.
    private(set) var model: Onnx_ModelProto
    /// The model as it was read, less the same elements, where anything was put in place of a node.
    private(set) var unexpanded: Onnx_ModelProto?
    /// The lengths at which the graph is traced.
    private(set) var lengths: DimensionTable
    private let external: ExternalData
    private let operatorSet: Int
    private var inliner: NodeInliner
    private var declared: [String: Onnx_ValueInfoProto]
    private var values: [String: ValueID] = [:]

    /// The versions of the standard that are known.
    static let operatorSets = 7...28

    /// Reads a model.
    ///
    /// - Throws: `ONNXError` or `GraphError` naming what is wrong.
    init(_ model: Onnx_ModelProto, external: ExternalData, inputShapes: [String: [Int]]) throws {
        guard model.hasGraph, !model.graph.node.isEmpty || !model.graph.output.isEmpty else {
            throw ONNXError("there is no graph in it, so that it is hardly an ONNX model")
        }
        self.model = model
        self.external = external
        operatorSet = try Self.operatorSet(of: model)
        inliner = NodeInliner(model)
        declared = Dictionary((model.graph.valueInfo + model.graph.output).map { ($0.name, $0) }) { $1 }
        graph = Graph(name: model.graph.name)
        let stored = Set(
            model.graph.initializer.map(\.name) + model.graph.sparseInitializer.map(\.values.name))
        let inputs = model.graph.input.filter { !stored.contains($0.name) }
        lengths = try DimensionTable(inputShapes, inputs: inputs)
        for input in inputs { try define(input.name, graph.addInput(input.name, lengths.type(of: input))) }
        try addInitialisers()
        try addNodes()
        graph.setOutputs(
            try model.graph.output.map { output in
                guard let id = values[output.name] else {
                    throw ONNXError("output \(output.name) is never made")
                }
                return id
            })
        try graph.verify()
    }

    private static func operatorSet(of model: Onnx_ModelProto) throws(ONNXError) -> Int {
        let imported = model.opsetImport.filter { $0.domain.isEmpty || $0.domain == "ai.onnx" }.map(\.version)
        guard let version = imported.first else {
            guard model.graph.node.allSatisfy({ !$0.isStandard }) else {
                throw ONNXError("it does not say which version of the operator set it uses")
            }
            return OperatorSignature.currentOperatorSet
        }
        guard imported.allSatisfy({ $0 == version }) else {
            throw ONNXError("it uses several versions of the operator set: \(imported)")
        }
        guard let known = Int(exactly: version), operatorSets.contains(known) else {
            throw ONNXError(
                "it uses version \(version) of the operator set; versions \(operatorSets.lowerBound) to \(operatorSets.upperBound) are known"
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
        for index in model.graph.initializer.indices { try addInitialiser(at: index) }
        for sparse in model.graph.sparseInitializer {
            try addOpaqueTensor(sparse.values.name, "SparseInitializer", "sparse tensors are not supported")
        }
    }

    private mutating func addInitialiser(at index: Int) throws {
        let proto = model.graph.initializer[index]
        guard let tensor = try TensorReader.tensor(proto, external: external) else {
            let reason = "elements of type \(ElementType.name(proto.dataType)) are not supported"
            return try addOpaqueTensor(proto.name, "Initializer", reason)
        }
        try define(proto.name, graph.addParameter(proto.name, tensor))
        // The graph holds the elements now; truth values other than 0 and 1 are kept to be written as they were.
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

    private mutating func addNodes() throws {
        var pending = model.graph.node.reversed().map { (node: $0, depth: 0) }
        var nodes: [Onnx_NodeProto] = []
        while let (node, depth) = pending.popLast() {
            guard depth < NodeInliner.greatestDepth, let expansion = try expansion(of: node) else {
                try add(node)
                nodes.append(node)
                continue
            }
            if unexpanded == nil { unexpanded = model }
            for type in expansion.types { declared[type.name] = type }
            model.graph.valueInfo += expansion.types
            for tensor in expansion.initialisers {
                model.graph.initializer.append(tensor)
                try addInitialiser(at: model.graph.initializer.count - 1)
            }
            pending += expansion.nodes.reversed().map { ($0, depth + 1) }
        }
        guard unexpanded != nil else { return }
        model.graph.node = nodes
    }

    /// Returns what stands in place of a node, if anything does.
    private mutating func expansion(of node: Onnx_NodeProto) throws -> NodeInliner.Expansion? {
        if let function = inliner.function(of: node) {
            return inliner.obstacle(to: function) == nil ? inliner.body(of: function, in: node) : nil
        }
        guard node.opType == "If", node.isStandard, let condition = node.input.first.flatMap({ values[$0] }),
            let known = graph[condition].known, known.count == 1, isSettled(condition)
        else { return nil }
        return inliner.branch(try known.scalar() != 0, of: node)
    }

    /// Whether a known value is the same at every length that the model leaves open.
    private func isSettled(_ value: ValueID) -> Bool {
        guard lengths.isOpen else { return true }
        var (seen, pending) = (Set([value]), [value])
        while let next = pending.popLast() {
            guard case .node(let id) = graph[next].origin else { continue }
            // Such an operator reads lengths.
            guard graph[id].op.freezesUnlinkedInputs else { return false }
            for input in graph[id].inputs.compactMap({ $0 }) where seen.insert(input).inserted {
                pending.append(input)
            }
        }
        return true
    }

    private mutating func add(_ node: Onnx_NodeProto) throws {
        guard !node.namedOutputs.isEmpty else { throw ONNXError("node \(node.label) has no output") }
        guard Set(node.attribute.map(\.name)).count == node.attribute.count else {
            throw ONNXError("node \(node.label) (\(node.typeName)) has two attributes of one name")
        }
        if try addConstant(node) { return }
        var inputs = try node.input.map { name -> ValueID? in
            guard !name.isEmpty else { return nil }
            guard let id = values[name] else {
                throw ONNXError(
                    "node \(node.label) (\(node.typeName)) uses \(name), which nothing before it makes")
            }
            return id
        }
        inputs += CapturedNames(node).names.compactMap { values[$0] }
        let (op, outputs) = try understood(node, inputs)
        let ids = try graph.addNode(op, inputs, name: node.label, outputNames: outputs)
        for (name, id) in zip(node.output, ids) where !name.isEmpty { try define(name, id) }
    }

    /// Adds a node that holds a tensor as a stored tensor, whose elements operators see and pruning can change.
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

    /// Returns a node's operator, opaque where it is not understood and deferred where it cannot be before the network runs, and
    /// the names of its outputs.
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
        guard OperatorRegistry.contains(node.opType, domain: node.domain) else {
            return opaque("the operator is not known")
        }
        let op: any Operator
        do {
            op = try OperatorRegistry.make(
                node.opType, domain: node.domain,
                attributes: AttributeReader.attributes(node, external: external), inputCount: inputs.count,
                outputCount: names.count, operatorSet: operatorSet)
        } catch let error as GraphError {
            return opaque(error.message)
        }
        do {
            let inferred = try graph.inferredTypes(of: op, inputs)
            guard inferred.count >= names.count else {
                return opaque("\(names.count) outputs are asked for, \(inferred.count) are known")
            }
            return (op, names)
        } catch let error as GraphError where error.awaitsRun {
            return (DeferredOperator(op, reason: error.message, outputs: types), names)
        } catch let error as GraphError
            where error.isLimitation || (types.allSatisfy(\.isKnown) && hint == nil)
        {
            return opaque(error.message)
        } catch {
            throw GraphError("\(node.typeName): \(error)\(hint.map { " (\($0))" } ?? "")", node: node.label)
        }
    }

    /// Returns the operator of a node with graphs of its own, or with sequences.
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

    /// What may help where shapes do not fit: a length other than that of the batch was taken as 1.
    private var hint: String? {
        lengths.assumptions.first { $0.axis > 0 }.map {
            "axis \($0.axis) of input \($0.input) has an open length, taken as 1: give the shape of the input"
        }
    }
}
