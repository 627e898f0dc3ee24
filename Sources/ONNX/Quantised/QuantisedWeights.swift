import Foundation
public import Graph
import Torch

/// The error of storing weights as integers again after they have changed.
public struct Requantisation: Sendable, Hashable, Codable {
    /// The number of rounded weights.
    public let weights: Int
    /// The norm of the rounding errors as a share of the weights' norm.
    public let relativeError: Double
}

/// The weights that a model stores as integers.
struct QuantisedWeights: Sendable {
    private var weights: [QuantisedWeight] = []
    private var blocks: [BlockQuantisedWeight] = []

    /// Whether there are none.
    var isEmpty: Bool { weights.isEmpty && blocks.isEmpty }

    mutating func add(_ weight: QuantisedWeight) { weights.append(weight) }

    mutating func add(_ weight: BlockQuantisedWeight) { blocks.append(weight) }

    /// Returns the integers for the weights that changed in a graph, by name; unchanged ones are left out.
    private func quantised(_ graph: Graph, _ original: Graph) throws -> [String: QuantisedNumbers] {
        guard !weights.isEmpty || !blocks.isEmpty else { return [:] }
        let names = Dictionary(graph.parameters.map { (graph[$0].name, $0) }) { first, _ in first }
        let before = Dictionary(original.parameters.map { (original[$0].name, $0) }) { first, _ in first }
        var result: [String: QuantisedNumbers] = [:]
        func isUnchanged(_ name: String, _ numbers: Tensor) throws -> Bool {
            try before[name].flatMap { original[$0].tensor }?.isIdentical(to: numbers) == true
        }
        for weight in blocks {
            guard let numbers = names[weight.name].flatMap({ graph[$0].tensor }),
                try !isUnchanged(weight.name, numbers)
            else { continue }
            result[weight.name] = try weight.quantised(numbers)
        }
        func scale(_ weight: QuantisedWeight) -> Tensor { result[weight.name]?.scale ?? weight.scale }
        let byName = Dictionary(weights.map { ($0.name, $0) }) { first, _ in first }
        let readers = graph.consumers()
        // Biases follow the scales of the weights beside them.
        for isBias in [false, true] {
            for weight in weights where (weight.integers.type == .int32) == isBias {
                guard let id = names[weight.name], let numbers = graph[id].tensor else { continue }
                let factors = try isBias ? inputScale(of: id, in: graph, readers) : nil
                let beside = factors.flatMap { byName[$0.weight] }
                if try isUnchanged(weight.name, numbers), beside.map({ result[$0.name] == nil }) ?? true {
                    continue
                }
                let scales = try beside.flatMap { other -> [Double]? in
                    let scales = try scale(other).doubles().map { $0 * (factors?.scale ?? 1) }
                    let count = weight.axis.map { numbers.shape[$0] } ?? 1
                    return scales.count == count || scales.count == 1 ? scales : nil
                }
                result[weight.name] = try WeightQuantiser(weight).quantised(numbers, scales: scales)
            }
        }
        return result
    }

    /// Returns the scale of the quantised input of the only layer that adds a bias, and the name of its
    /// weight.
    private func inputScale(
        of bias: ValueID, in graph: Graph, _ readers: [ValueID: [NodeID]]
    ) throws -> (scale: Double, weight: String)? {
        guard let users = readers[bias], users.count == 1 else { return nil }
        let node = graph[users[0]]
        guard let index = node.op.biasInput, node.inputs.indices.contains(index), node.inputs[index] == bias,
            let input = node.inputs[0], let weight = node.inputs[1],
            case .node(let source) = graph[input].origin, graph[source].type == "DequantizeLinear",
            let scale = graph[source].inputs[1].flatMap({ graph[$0].tensor }), scale.count == 1
        else { return nil }
        return (try scale.scalar(), graph[weight].name)
    }

    /// Returns the error of storing a graph's weights as integers again; nil if none is rounded.
    func cost(of graph: Graph, madeOf original: Graph) throws -> Requantisation? {
        let numbers = try quantised(graph, original).values
        let rounded = numbers.filter { $0.error > 1e-12 * $0.energy }
        guard !rounded.isEmpty else { return nil }
        let energy = numbers.reduce(0) { $0 + $1.energy }
        let error = numbers.reduce(0) { $0 + $1.error }
        return Requantisation(
            weights: rounded.count, relativeError: (error / max(energy, .leastNonzeroMagnitude)).squareRoot())
    }

    /// Puts the integers and their nodes back into a model before it is written.
    func restore(in exported: inout ExportedModel, _ graph: Graph, madeOf original: Graph) throws {
        let changed = try quantised(graph, original)
        var taken: [String: Tensor?] = [:]
        for name in exported.model.graph.input.map(\.name) + exported.model.graph.node.flatMap(\.output) {
            taken[name] = .some(nil)
        }
        for (message, payload) in zip(exported.model.graph.initializer, exported.payloads) {
            if case .tensor(let tensor) = payload {
                taken[message.name] = tensor
            } else {
                taken[message.name] = .some(nil)
            }
        }
        var nodes: [Onnx_NodeProto] = []
        for weight in weights {
            guard let index = exported.model.graph.initializer.firstIndex(where: { $0.name == weight.name })
            else {
                continue
            }
            let new = changed[weight.name]
            var node = weight.node
            let tensors: [Tensor?] = [
                new?.integers ?? weight.integers, new?.scale ?? weight.scale,
                new == nil ? weight.zero : new?.zero,
            ]
            try Self.store(tensors, at: index, for: &node, in: &exported, &taken)
            nodes.append(node)
        }
        exported.model.graph.node = nodes + exported.model.graph.node
        try restoreBlocks(in: &exported, changed, &taken)
    }

    /// Turns products with weights that were stored in blocks into such products again.
    ///
    /// A weight that something else than a product reads stays as it is, in numbers.
    private func restoreBlocks(
        in exported: inout ExportedModel, _ changed: [String: QuantisedNumbers],
        _ taken: inout [String: Tensor?]
    ) throws {
        if let node = exported.model.graph.node.first(where: GraphImporter.isBlockDequantisation) {
            throw ONNXError("the weight \(node.output.first ?? "") cannot be written in blocks")
        }
        guard !blocks.isEmpty else { return }
        var readers: [String: [Int]] = [:]
        for (index, node) in exported.model.graph.node.enumerated() {
            for input in Set(node.input) { readers[input, default: []].append(index) }
        }
        for weight in blocks {
            guard let index = exported.model.graph.initializer.firstIndex(where: { $0.name == weight.name }),
                let users = readers[weight.name], users.count == 1
            else { continue }
            let product = exported.model.graph.node[users[0]]
            guard product.opType == "MatMul", product.isStandard, product.input.last == weight.name,
                product.input.first != weight.name
            else { continue }
            let new = changed[weight.name]
            var node = weight.node
            (node.opType, node.domain) = ("MatMulNBits", BlockQuantisedWeight.domain)
            (node.name, node.output) = (product.name, product.output)
            let shape = exported.model.graph.initializer[index].dims
            node.attribute.removeAll { ["K", "N"].contains($0.name) }
            node.attribute.append(try AttributeWriter.attribute("K", .integer(Int(shape[0]))))
            node.attribute.append(try AttributeWriter.attribute("N", .integer(Int(shape[1]))))
            try Self.store(
                [
                    new?.integers ?? weight.codes, new?.scale ?? weight.scales,
                    new == nil ? weight.zeros : new?.zero,
                ],
                at: index, for: &node, in: &exported, &taken)
            node.input.insert(product.input[0], at: 0)
            exported.model.graph.node[users[0]] = node
            if !exported.model.opsetImport.contains(where: { $0.domain == node.domain }) {
                var version = Onnx_OperatorSetIdProto()
                (version.domain, version.version) = (node.domain, 1)
                exported.model.opsetImport.append(version)
            }
        }
    }

    /// Stores tensors for the inputs of a node: the first one in the place of the numbers, the others behind all.
    private static func store(
        _ tensors: [Tensor?], at index: Int, for node: inout Onnx_NodeProto, in exported: inout ExportedModel,
        _ taken: inout [String: Tensor?]
    ) throws {
        for (slot, tensor) in tensors.enumerated() {
            guard let tensor, node.input.indices.contains(slot) else { continue }
            let name = try Self.name(node.input[slot], for: tensor, taken)
            node.input[slot] = name
            var message = Onnx_TensorProto()
            message.name = name
            AttributeWriter.describe(tensor, in: &message)
            if slot == 0 {
                exported.model.graph.initializer[index] = message
                exported.payloads[index] = .tensor(tensor)
            } else if taken[name] == nil {
                exported.model.graph.initializer.append(message)
                exported.payloads.append(.tensor(tensor))
                exported.wereExternal.append(false)
            }
            taken[name] = tensor
        }
    }

    /// Returns a name for a tensor: its own if nothing else has it.
    private static func name(_ name: String, for tensor: Tensor, _ taken: [String: Tensor?]) throws -> String
    {
        var candidates = sequence(first: 0) { $0 + 1 }.lazy.map { $0 == 0 ? name : "\(name).\($0)" }
            .makeIterator()
        while let candidate = candidates.next() {
            guard let other = taken[candidate] else { return candidate }
            if let other, other.shape == tensor.shape, other.type == tensor.type,
                try other.bytes() == tensor.bytes()
            {
                return candidate
            }
        }
        return name
    }
}
