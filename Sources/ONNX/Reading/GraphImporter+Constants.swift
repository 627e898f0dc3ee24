import Foundation
import Graph
import Operators
import Torch

extension GraphImporter {
    /// Stores what is computed from stored tensors alone, and removes the computation and what only it reads.
    func storingConstants() throws -> GraphImporter {
        let results = ConstantComputations(of: graph).results
        guard !results.isEmpty else { return self }
        let needed = Set(graph.nodes(computing: graph.outputs, from: Set(results.keys)))
        let known = Set(results.keys)
        // Nodes that were already unused stay: only what led to the results is removed.
        let leading = Set(graph.nodes(computing: results.keys.sorted { $0.number < $1.number }, from: []))
        let dropped = leading.subtracting(needed)
        let users = graph.consumers()
        let read = Set(graph.outputs)
        func isKept(_ parameter: ValueID) -> Bool {
            guard let nodes = users[parameter] else { return true }
            return read.contains(parameter) || !nodes.allSatisfy(dropped.contains)
        }

        var copy = Graph(name: graph.name)
        var ids: [ValueID: ValueID] = [:]
        for id in graph.valueIDs {
            switch graph[id].origin {
            case .input: ids[id] = try copy.addInput(graph[id].name, graph[id].type)
            case .parameter(let tensor) where isKept(id):
                ids[id] = try copy.addParameter(graph[id].name, tensor)
            case .parameter, .node: break
            }
        }
        for id in graph.nodeIDs {
            let node = graph[id]
            for output in node.outputs where known.contains(output) {
                ids[output] = try results[output].map { try copy.addParameter(graph[output].name, $0) }
            }
            guard !dropped.contains(id) else { continue }
            let made = try copy.addNode(
                node.op, node.inputs.map { $0.flatMap { ids[$0] } }, name: node.name,
                outputNames: node.outputs.map {
                    known.contains($0) ? copy.freshName("\(graph[$0].name).computed") : graph[$0].name
                })
            for (old, new) in zip(node.outputs, made) where !known.contains(old) { ids[old] = new }
        }
        copy.setOutputs(graph.outputs.compactMap { ids[$0] })
        try copy.verify()
        return try storing(copy, results)
    }

    /// Puts the results into the messages and removes what is no longer used.
    private func storing(_ copy: Graph, _ results: [ValueID: Tensor]) throws -> GraphImporter {
        var result = self
        let names = Set(copy.values.map(\.name))
        let gone = Set(graph.parameters.map { graph[$0].name }).subtracting(names)
        result.unexpanded = try restored(unexpanded ?? model, gone)
        let computed = Set(results.keys.map { graph[$0].name })
        try result.keepQuantised(results, of: graph)
        result.model.graph.node.removeAll { node in
            node.namedOutputs.allSatisfy { !names.contains($0) || computed.contains($0) }
        }
        result.model.graph.initializer.removeAll { gone.contains($0.name) }
        for (id, tensor) in results.sorted(by: { $0.key.number < $1.key.number }) {
            var message = Onnx_TensorProto()
            message.name = graph[id].name
            AttributeWriter.describe(tensor, in: &message)
            // The graph holds the elements.
            message.rawData = Data()
            result.model.graph.initializer.append(message)
        }
        result.graph = copy
        return result
    }

    /// Records the results that are stored as integers, before their nodes are removed.
    private mutating func keepQuantised(_ results: [ValueID: Tensor], of graph: Graph) throws {
        let messages = Dictionary(
            model.graph.node.flatMap { node in node.namedOutputs.map { ($0, node) } }
        ) { first, _ in first }
        for id in results.keys.sorted() {
            guard case .node(let maker) = graph[id].origin, QuantisedWeight.isMade(by: graph[maker].op),
                let message = messages[graph[id].name]
            else { continue }
            let node = graph[maker]
            let stored = node.inputs.map { $0.flatMap { graph[$0].tensor } }
            if let op = node.op as? BlockDequantisation {
                guard let codes = stored[0], let scales = stored[1] else { continue }
                quantisedWeights.add(
                    BlockQuantisedWeight(
                        name: graph[id].name, node: message, layout: op.layout, codes: codes, scales: scales,
                        zeros: stored.count > 2 ? stored[2] : nil))
                continue
            }
            let weight = QuantisedWeight(
                message, name: graph[id].name, axis: try node.op.attributes.integer("axis", default: 1),
                stored)
            guard let weight else { throw ONNXError("\(graph[id].name) has scales that do not fit it") }
            quantisedWeights.add(weight)
        }
    }

    /// Restores in the messages the elements of tensors that the graph no longer holds.
    private func restored(_ model: Onnx_ModelProto, _ gone: Set<String>) throws -> Onnx_ModelProto {
        var model = model
        for index in model.graph.initializer.indices {
            let message = model.graph.initializer[index]
            guard gone.contains(message.name), message.hasRawData, message.rawData.isEmpty,
                message.dataLocation != .external,
                let tensor = values[message.name].flatMap({ graph[$0].tensor })
            else { continue }
            model.graph.initializer[index].rawData = Data(try tensor.bytes())
        }
        return model
    }
}
