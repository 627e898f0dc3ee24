public import Graph
internal import Torch

/// Folds batch-norms into the convolution or matrix product right before them.
///
/// `W' = W gamma / sqrt(variance + epsilon)`, `b' = (b - mean) gamma / sqrt(variance + epsilon) + beta`. A batch-norm
/// stays where its input has other users, does not come from a weight, or the weight is shared.
public enum BatchNormFolding: String, Sendable, Codable, CaseIterable {
    /// As the formula says: keeps the network's outputs.
    case exact
    /// Without epsilon, as in the published code, to reproduce its weights to the last digits.
    case reference

    /// One line about what it does.
    public var summary: String {
        switch self {
        case .exact: "keeps the network's outputs"
        case .reference: "without epsilon, as the published code does"
        }
    }

    /// A batch-norm that is folded, and the layer that it goes into.
    package struct Folded {
        /// The batch-norm, in the graph before.
        package let normalisation: NodeID
        /// The name of the layer's weight.
        package let weight: String
        /// Whether the layer had a bias of its own.
        package let hadBias: Bool
    }

    /// Returns the graph with every batch-norm folded that can be.
    ///
    /// - Throws: `GraphError` where a parameter is not finite, or a variance is zero and epsilon is left out.
    public func folded(_ graph: Graph) throws -> Graph {
        var result = graph
        var tensors: [ValueID: Tensor] = [:]
        var removed: [NodeID: ValueID] = [:]
        for (id, fold) in try folds(of: graph) {
            tensors[fold.weight] = try fold.foldedWeight()
            let bias = try fold.foldedBias()
            if let existing = fold.bias {
                tensors[existing] = bias
            } else {
                let name = result.freshName(fold.biasName)
                result.setInput(fold.biasInput, of: fold.producer, to: try result.addParameter(name, bias))
            }
            removed[id] = fold.input
        }
        guard !removed.isEmpty else { return graph }
        return try result.replacing(parameters: tensors).removing(removed)
    }

    /// Returns the batch-norms that `folded` removes.
    ///
    /// - Throws: As `folded`.
    package func foldable(in graph: Graph) throws -> [Folded] {
        try folds(of: graph).map { id, fold in
            Folded(normalisation: id, weight: graph[fold.weight].name, hadBias: fold.bias != nil)
        }
    }

    private func folds(of graph: Graph) throws -> [(NodeID, Fold)] {
        let consumers = graph.consumers()
        return try graph.nodeIDs.compactMap { id in
            guard case .normalisation = try graph.effect(of: id) else { return nil }
            return try Fold(graph, normalisation: id, consumers, self).map { (id, $0) }
        }
    }

    /// One batch-norm and the weights that it goes into.
    private struct Fold {
        let producer: NodeID
        let input: ValueID
        let weight: ValueID
        let bias: ValueID?
        let biasInput: Int
        private let graph: Graph
        private let axis: Int
        private let factor: [Double]
        private let shift: [Double]
        private let mean: [Double]

        init?(
            _ graph: Graph, normalisation id: NodeID, _ consumers: [ValueID: [NodeID]],
            _ method: BatchNormFolding
        ) throws {
            let node = graph[id]
            let parameters = node.inputs.dropFirst().prefix(4).map { $0.flatMap { graph[$0].tensor } }
            guard node.outputs.count == 1, try node.op.attributes.integer("training_mode", default: 0) == 0,
                let input = node.inputs.first ?? nil,
                case .node(let producer) = graph[input].origin, consumers[input] == [id],
                !graph.outputs.contains(input), let biasInput = graph[producer].op.biasInput,
                parameters.count == 4,
                let scale = parameters[0], let shift = parameters[1], let mean = parameters[2],
                let variance = parameters[3]
            else { return nil }
            let source = graph[producer]
            let found = try graph.links(of: producer).first {
                $0.second == .output(0, 1) && $0.lanes == nil
                    && ($0.role == .producer || $0.role == .perChannel)
            }
            guard let found, case .input(let index) = found.first.slot, let weight = source.inputs[index],
                graph[weight].tensor != nil, consumers[weight] == [producer]
            else { return nil }
            let bias = source.inputs.indices.contains(biasInput) ? source.inputs[biasInput] : nil
            if let bias {
                guard graph[bias].tensor != nil, consumers[bias] == [producer],
                    graph[bias].type.shape.last == scale.count, graph[bias].type.count == scale.count
                else { return nil }
            }
            let epsilon =
                method == .exact ? Double(try node.op.attributes.float("epsilon", default: 1e-5)) : 0
            self.graph = graph
            self.producer = producer
            self.input = input
            self.weight = weight
            self.bias = bias
            self.biasInput = biasInput
            axis = found.first.axis
            let variances = try variance.doubles()
            if let channel = variances.firstIndex(where: { !($0 + epsilon > 0) }) {
                throw GraphError(
                    "channel \(channel) has a variance of \(variances[channel]), which is not positive even with epsilon \(epsilon)",
                    node: node.name)
            }
            factor = try zip(scale.doubles(), variances).map { $0 / ($1 + epsilon).squareRoot() }
            self.shift = try shift.doubles()
            self.mean = try mean.doubles()
            guard [factor, self.shift, self.mean, variances].joined().allSatisfy(\.isFinite) else {
                throw GraphError("its scale, shift, mean or variance is not finite", node: node.name)
            }
        }

        /// PyTorch's name for the bias beside the weight.
        var biasName: String {
            let name = graph[weight].name
            return name.hasSuffix("weight") ? name.dropLast("weight".count) + "bias" : "\(name).bias"
        }

        func foldedWeight() throws -> Tensor {
            guard let tensor = graph[weight].tensor else {
                throw GraphError("\(graph[weight].name) has no values")
            }
            var shape = tensor.shape.map { _ in 1 }
            shape[axis] = factor.count
            let scale = try Tensor(factor, shape: shape)
            return try tensor.converted(to: .float64).multiplied(by: scale).converted(to: tensor.type)
        }

        func foldedBias() throws -> Tensor {
            let old = try bias.flatMap { graph[$0].tensor }?.doubles() ?? factor.map { _ in 0 }
            let values = factor.indices.map { (old[$0] - mean[$0]) * factor[$0] + shift[$0] }
            let type = graph[weight].type.element
            return try Tensor(values, shape: bias.map { graph[$0].type.shape } ?? [values.count]).converted(
                to: type)
        }
    }
}
