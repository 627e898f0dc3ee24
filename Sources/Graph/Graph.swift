public import Torch

/// A network as the ONNX standard describes it: typed values connected by operators, in execution order.
///
/// A graph is a value: an edit makes a new one. Every node comes after the nodes whose outputs it uses.
public struct Graph: Sendable {
    /// The network's name.
    public var name: String
    /// All values; a `ValueID` is a position in this list.
    public internal(set) var values: [Value] = []
    /// All nodes in execution order; a `NodeID` is a position in this list.
    public internal(set) var nodes: [Node] = []
    /// The values that the caller passes in.
    public internal(set) var inputs: [ValueID] = []
    /// The values that the caller receives.
    public internal(set) var outputs: [ValueID] = []

    /// The names of all values.
    private(set) var namesInUse: Set<String> = []

    /// Makes an empty graph.
    public init(name: String) {
        self.name = name
    }

    /// Returns a value.
    public subscript(id: ValueID) -> Value { values[id.number] }

    /// Returns a node.
    public subscript(id: NodeID) -> Node { nodes[id.number] }

    /// The ids of all values.
    public var valueIDs: [ValueID] { values.indices.map(ValueID.init) }

    /// The ids of all nodes in execution order.
    public var nodeIDs: [NodeID] { nodes.indices.map(NodeID.init) }

    /// The ids of the stored tensors in the order they were added.
    public var parameters: [ValueID] {
        valueIDs.filter { self[$0].tensor != nil }
    }

    /// Returns the value with a name.
    public func value(named name: String) -> ValueID? {
        values.firstIndex { $0.name == name }.map(ValueID.init)
    }

    // MARK: Building

    /// Adds a value that the caller passes in.
    @discardableResult
    public mutating func addInput(_ name: String, _ type: TensorType) throws(GraphError) -> ValueID {
        let id = try add(Value(name: name, type: type, origin: .input))
        inputs.append(id)
        return id
    }

    /// Adds a stored tensor.
    @discardableResult
    public mutating func addParameter(_ name: String, _ tensor: Tensor) throws(GraphError) -> ValueID {
        try add(Value(name: name, type: tensor.tensorType, origin: .parameter(tensor)))
    }

    /// Adds a node at the end and infers the types of its outputs.
    ///
    /// - Throws: `GraphError` naming the node.
    @discardableResult
    public mutating func addNode(
        _ op: any Operator, _ inputs: [ValueID?], name: String, outputNames: [String]? = nil
    ) throws -> [ValueID] {
        let types = try named(name) { try inferredTypes(of: op, inputs) }
        if let outputNames, outputNames.count > types.count {
            throw GraphError("has \(types.count) outputs, \(outputNames.count) were named", node: name)
        }
        let id = NodeID(nodes.count)
        var outputs: [ValueID] = []
        for (index, type) in types.prefix(outputNames?.count ?? types.count).enumerated() {
            let output = outputNames?[index] ?? (index == 0 ? name : "\(name).\(index)")
            outputs.append(try add(Value(name: output, type: type, origin: .node(id))))
        }
        nodes.append(Node(name: name, op: op, inputs: inputs, outputs: outputs))
        fold(id, types)
        return outputs
    }

    /// Declares the outputs.
    public mutating func setOutputs(_ outputs: [ValueID]) {
        self.outputs = outputs
    }

    /// Returns what an operator may use about its inputs.
    public func operatorInputs(_ ids: [ValueID?]) -> OperatorInputs {
        OperatorInputs(
            types: ids.map { $0.map { self[$0].type } }, constants: ids.map { $0.flatMap { self[$0].known } }
        )
    }

    /// Returns the types of an operator's outputs. Only an opaque or deferred operator may read a value of
    /// unknown type.
    ///
    /// - Throws: `GraphError` saying what does not fit, what is unsupported, or what is unknown until the
    ///   graph runs.
    package func inferredTypes(of op: any Operator, _ inputs: [ValueID?]) throws -> [TensorType] {
        if op is OpaqueOperator { return try op.inferredTypes(operatorInputs(inputs)) }
        if !(op is DeferredOperator),
            let id = inputs.lazy.compactMap({ $0 }).first(where: { !self[$0].type.isKnown })
        {
            throw GraphError(
                "the type of \(self[id].name) is unknown", isLimitation: true, awaitsRun: true)
        }
        return try op.understoodTypes(operatorInputs(inputs))
    }

    private mutating func add(_ value: Value) throws(GraphError) -> ValueID {
        guard namesInUse.insert(value.name).inserted else {
            throw GraphError("two values are named \(value.name)")
        }
        if let negative = value.type.shape.first(where: { $0 < 0 }) {
            throw GraphError("value \(value.name) has a dimension of \(negative)")
        }
        values.append(value)
        return ValueID(values.count - 1)
    }

    /// Runs a body and adds the node's name to any error it throws.
    func named<Result>(_ node: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch var error as GraphError {
            if error.node == nil { error.node = node }
            throw error
        } catch let error as TorchError {
            throw GraphError(error.message, node: node)
        }
    }
}
