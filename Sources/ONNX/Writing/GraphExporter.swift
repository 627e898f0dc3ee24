import Foundation
import Graph
import Torch

/// Writes a graph into the model it came from, and changes only what the graph changed.
///
/// Values are matched by their names, which edits of the graph keep. Unchanged nodes, attributes and tensors
/// are written as they were read.
struct GraphExporter {
    private let graph: Graph
    private let original: Graph
    private let external: ExternalData
    private var model: Onnx_ModelProto
    /// The name of every value in the file.
    private var names: [String]
    private let ids: [String: ValueID]
    private let originalIDs: [String: ValueID]
    private var nodes: [Onnx_NodeProto] = []

    /// Prepares the export.
    ///
    /// - Parameters:
    ///   - graph: The graph.
    ///   - original: The graph as read from the model.
    ///   - model: The model, without the elements that the original graph holds.
    init(_ graph: Graph, original: Graph, model: Onnx_ModelProto, external: ExternalData) {
        func table(_ graph: Graph) -> [String: ValueID] {
            Dictionary(graph.valueIDs.map { (graph[$0].name, $0) }) { first, _ in first }
        }
        self.graph = graph
        self.original = original
        self.model = model
        self.external = external
        names = graph.values.map(\.name)
        ids = table(graph)
        originalIDs = table(original)
    }

    /// Returns the model of the graph.
    ///
    /// - Throws: `ONNXError` for a node that cannot be written.
    mutating func exported() throws -> ExportedModel {
        nameNewValues()
        let identities = try nameOutputs()
        try writeNodes()
        nodes += identities
        let neighbours = try NeighbourWriter(nodes) { [graph, names] name in
            names.firstIndex(of: name).map(ValueID.init).map { (graph[$0].type, graph[$0].tensor) }
        }
        nodes = neighbours.nodes
        var initialisers = try initialisers().filter { !neighbours.unread.contains($0.message.name) }
        for (name, tensor) in neighbours.tensors {
            var message = Onnx_TensorProto()
            message.name = name
            AttributeWriter.describe(tensor, in: &message)
            initialisers.append((message, .tensor(tensor), false))
        }
        model.graph.node = nodes
        model.graph.initializer = initialisers.map(\.message)
        model.graph.sparseInitializer = model.graph.sparseInitializer.filter { !isGone($0.values.name) }
        writeTypes()
        ChoiceWriter.closeChoices(in: &model.graph) { [graph, names] in
            let id = names.firstIndex(of: $0).map(ValueID.init)
            return id.map { graph[$0].type } ?? .unknown
        }
        return ExportedModel(
            model: model, payloads: initialisers.map(\.payload), wereExternal: initialisers.map(\.wasExternal)
        )
    }

    /// Exports a model that the graph was read from and still equals.
    ///
    /// - Parameter model: The model, without the elements that the graph holds.
    mutating func unchanged(_ model: Onnx_ModelProto) throws -> ExportedModel {
        let stored = try model.graph.initializer.map(initialiser)
        return ExportedModel(
            model: model, payloads: stored.map(\.payload), wereExternal: stored.map(\.wasExternal))
    }

    private func isGone(_ name: String) -> Bool { originalIDs[name] != nil && ids[name] == nil }

    // MARK: Names

    /// Keeps the names of new values different from those that subgraphs use.
    private mutating func nameNewValues() {
        let inner = model.graph.innerNames
        for id in graph.valueIDs where originalIDs[graph[id].name] == nil && inner.contains(names[id.number])
        {
            let name = names[id.number]
            let free = (1...).lazy.map { "\(name).\($0)" }.first { [ids] in
                ids[$0] == nil && !inner.contains($0)
            }
            names[id.number] = free ?? name
        }
    }

    /// Gives the outputs the names that the model's users know; returns nodes for outputs that cannot be
    /// renamed.
    private mutating func nameOutputs() throws -> [Onnx_NodeProto] {
        guard graph.outputs.count == model.graph.output.count else {
            throw ONNXError(
                "the network has \(graph.outputs.count) outputs, the model \(model.graph.output.count)")
        }
        var identities: [Onnx_NodeProto] = []
        let wanted = model.graph.output.map(\.name)
        for (id, name) in zip(graph.outputs, wanted) where names[id.number] != name {
            guard ids[name] == nil else {
                throw ONNXError("the output name \(name) is used by another value")
            }
            if case .node = graph[id].origin, !wanted.contains(names[id.number]) {
                names[id.number] = name
            } else {
                var node = Onnx_NodeProto()
                (node.opType, node.input, node.output) = ("Identity", [names[id.number]], [name])
                identities.append(node)
            }
        }
        return identities
    }

    // MARK: Nodes

    private mutating func writeNodes() throws {
        let old = model.graph.node
        var positions: [String: Int] = [:]
        for (index, node) in old.enumerated() {
            if let name = node.namedOutputs.first { positions[name] = index }
        }
        let stored = Set(
            model.graph.initializer.map(\.name) + model.graph.sparseInitializer.map(\.values.name))
        var next = 0
        for id in graph.nodeIDs {
            let made = graph[id].outputs.map { graph[$0].name }
            guard !made.contains(where: stored.contains) else { continue }
            if let index = made.lazy.compactMap({ positions[$0] }).first {
                if index > next { for node in old[next..<index] { try writeConstant(node) } }
                next = max(next, index + 1)
                nodes.append(try rewritten(old[index], as: id))
            } else {
                nodes.append(try newNode(id))
            }
        }
        for node in old[next...] { try writeConstant(node) }
    }

    /// Writes a node that holds a stored tensor, if the tensor still exists.
    private mutating func writeConstant(_ node: Onnx_NodeProto) throws {
        guard let name = node.namedOutputs.first,
            let old = originalIDs[name].flatMap({ original[$0].tensor }),
            let new = ids[name].flatMap({ graph[$0].tensor })
        else { return }
        var node = node
        if !old.isIdentical(to: new) {
            var attribute = node.attribute.first { $0.name == "value" } ?? Onnx_AttributeProto()
            attribute.name = "value"
            try AttributeWriter.write(.tensor(new), to: &attribute)
            node.attribute = [attribute]
        }
        nodes.append(node)
    }

    private func rewritten(_ node: Onnx_NodeProto, as id: NodeID) throws -> Onnx_NodeProto {
        var result = node
        let inputs = graph[id].inputs.map { $0.map { names[$0.number] } ?? "" }
        let captured = CapturedNames(node).names.filter { originalIDs[$0] != nil }
        guard inputs.count >= node.input.count + captured.count || captured.isEmpty else {
            throw ONNXError("node \(node.label) reads values of the enclosing graph that do not exist")
        }
        result.input = Array(inputs.prefix(inputs.count - captured.count))
        let renamed = zip(captured, inputs.suffix(captured.count)).filter { $0 != $1 }
        result.renameCaptures(Dictionary(renamed.map { ($0.0, $0.1) }) { $1 })
        result.output = node.output.map { name in ids[name].map { names[$0.number] } ?? name }
        guard let first = node.namedOutputs.first,
            case .node(let old)? = originalIDs[first].map({ original[$0].origin })
        else { return result }
        let (before, after) = (original[old].op.attributes, graph[id].op.attributes)
        for name in before.names where after[name] == nil { result.attribute.removeAll { $0.name == name } }
        for name in after.names {
            guard let value = after[name], before[name]?.isIdentical(to: value) != true else { continue }
            if let index = result.attribute.firstIndex(where: { $0.name == name }) {
                try AttributeWriter.write(value, to: &result.attribute[index])
            } else {
                result.attribute.append(try AttributeWriter.attribute(name, value))
            }
        }
        return result
    }

    private mutating func newNode(_ id: NodeID) throws -> Onnx_NodeProto {
        let node = graph[id]
        if let op = node.op as? OpaqueOperator {
            throw ONNXError("node \(node.name) (\(op.typeName)) is not one of the model that is written")
        }
        if let op = (node.op as? DeferredOperator)?.op as? any ControlOperator {
            throw ONNXError("node \(node.name) (\(op.typeName)) is not one of the model that is written")
        }
        var result = Onnx_NodeProto()
        result.opType = node.type
        result.domain = node.op.operatorDomain
        result.name = node.name
        result.input = node.inputs.map { $0.map { names[$0.number] } ?? "" }
        while result.input.last == "" { result.input.removeLast() }
        result.output = node.outputs.map { names[$0.number] }
        let attributes = node.op.attributes
        result.attribute = try attributes.names.compactMap { name in
            try attributes[name].map { try AttributeWriter.attribute(name, $0) }
        }
        if !result.isStandard, !model.opsetImport.contains(where: { $0.domain == result.domain }) {
            var version = Onnx_OperatorSetIdProto()
            (version.domain, version.version) = (result.domain, 1)
            model.opsetImport.append(version)
        }
        return result
    }

    // MARK: Tensors

    private typealias Initialiser = (
        message: Onnx_TensorProto, payload: ExportedModel.Payload, wasExternal: Bool
    )

    private func initialisers() throws -> [Initialiser] {
        var result: [Initialiser] = []
        var written = Set(model.graph.node.flatMap(\.output))
        for message in model.graph.initializer where !isGone(message.name) {
            written.insert(message.name)
            result.append(try initialiser(message))
        }
        for id in graph.parameters where !written.contains(graph[id].name) {
            guard let tensor = graph[id].tensor else { continue }
            var message = Onnx_TensorProto()
            message.name = names[id.number]
            AttributeWriter.describe(tensor, in: &message)
            result.append((message, .tensor(tensor), false))
        }
        return result
    }

    private func initialiser(_ message: Onnx_TensorProto) throws -> Initialiser {
        let isExternal = message.dataLocation == .external
        guard let new = ids[message.name].flatMap({ graph[$0].tensor }) else {
            return (
                message, isExternal ? .bytes(try external.bytes(of: message, count: nil)) : .inMessage,
                isExternal
            )
        }
        let old = originalIDs[message.name].flatMap { original[$0].tensor }
        if old?.isIdentical(to: new) == true {
            let isInMessage =
                !isExternal && (!message.hasRawData || !message.rawData.isEmpty || new.count == 0)
            return (message, isInMessage ? .inMessage : .tensor(new), isExternal)
        }
        var message = message
        AttributeWriter.describe(new, in: &message)
        return (message, .tensor(new), isExternal)
    }

    // MARK: Types

    private mutating func writeTypes() {
        let final = Dictionary(graph.valueIDs.map { (names[$0.number], $0) }) { first, _ in first }
        let isDropped = { [originalIDs] name in originalIDs[name] != nil && final[name] == nil }
        model.graph.valueInfo = model.graph.valueInfo.filter { !isDropped($0.name) }.map {
            updated($0, final)
        }
        model.graph.input = model.graph.input.filter { !isDropped($0.name) }.map { updated($0, final) }
        model.graph.output = model.graph.output.map { updated($0, final) }
        model.graph.quantizationAnnotation = model.graph.quantizationAnnotation.filter {
            !isDropped($0.tensorName)
        }
    }

    private func updated(_ info: Onnx_ValueInfoProto, _ final: [String: ValueID]) -> Onnx_ValueInfoProto {
        guard let old = originalIDs[info.name], let new = final[info.name] else { return info }
        var info = info
        TypeWriter.update(&info, from: original[old].type, to: graph[new].type)
        return info
    }
}
