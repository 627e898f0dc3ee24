package import Coupling
package import Graph
internal import Torch

/// A linear layer as the product of two: `W = B A`, with A `[rank, fan-in]` and B `[outputs, rank]`.
///
/// The first layer reads what the layer read and has its operator, without a bias; the second one is pointwise, and has its
/// name, its weight's name, its bias and its outputs. What lies between them is a coupled group of its own, of rank many
/// channels, and the pair costs less than the layer if the rank is small.
package struct FactoredLayer: Sendable {
    /// The node of A.
    package let first: NodeID
    /// The node of B.
    package let second: NodeID
    /// The weight of A.
    package let firstWeight: ValueID
    /// The weight of B.
    package let secondWeight: ValueID
    /// The axes of the weights with one slice per output.
    package let outputAxes: (first: Int, second: Int)

    /// A pair that costs more than this share of the joint layer is not worth a second layer.
    private static let greatestShare = 0.85

    /// Finds pairs by the names of their second weights.
    static func found(
        in graph: Graph, weights: Set<String>, _ readers: [ValueID: [NodeID]]
    ) throws -> [FactoredLayer] {
        guard !weights.isEmpty else { return [] }
        return try graph.nodeIDs.compactMap { id in
            let node = graph[id]
            guard let second = try node.op.linearLayer(graph.operatorInputs(node.inputs)),
                let secondWeight = node.inputs[second.weightInput],
                weights.contains(graph[secondWeight].name),
                let between = node.inputs[second.dataInput], readers[between] == [id],
                !graph.outputs.contains(between), case .node(let before) = graph[between].origin,
                let first = try graph[before].op.linearLayer(graph.operatorInputs(graph[before].inputs)),
                let firstWeight = graph[before].inputs[first.weightInput]
            else { return nil }
            return FactoredLayer(
                first: before, second: id, firstWeight: firstWeight, secondWeight: secondWeight,
                outputAxes: (first.weightOutputAxis, second.weightOutputAxis))
        }
    }

    /// Whether two layers are worth it.
    ///
    /// - Parameters:
    ///   - pair: The number of elements of both weights.
    ///   - joint: That of their product.
    static func isWorthwhile(_ pair: Int, insteadOf joint: Int) -> Bool {
        Double(pair) <= greatestShare * Double(joint)
    }
}

extension AnalysedNetwork {
    /// Layers with a smaller rank than this stay whole.
    private static let leastRank = 16
    /// The least rank at which two layers cost as much as one, as a share of the full rank. Where it is smaller, much of
    /// what the layer does is lost before anything is saved.
    private static let leastEven = 0.81
    /// The least share of the network's cost that a layer must take: what another layer saves of less is not worth its
    /// time.
    private static let leastShare = 1.0 / 64

    /// Returns a network that computes the same, its larger linear layers as products of two.
    ///
    /// - Parameter savesWork: Whether multiply-accumulates are to be saved instead of parameters.
    /// - Throws: `CouplingError` for a graph that cannot be understood, `GraphError` from an operator.
    package func factored(savingWork savesWork: Bool) throws -> AnalysedNetwork {
        let total = NetworkCost(of: graph)
        var divisions: [NodeID: Graph.Division] = [:]
        var names: Set<String> = []
        for id in graph.nodeIDs {
            let node = graph[id]
            guard let layer = try node.op.linearLayer(graph.operatorInputs(node.inputs)),
                let pointwise = layer.pointwise, let weight = node.inputs[layer.weightInput],
                let tensor = graph[weight].tensor, tensor.type == .float32,
                readers[weight]?.count == 1, node.inputs.count(where: { $0 == weight }) == 1,
                !graph.outputs.contains(weight),
                node.inputs[layer.dataInput].map({ graph[$0].known == nil }) ?? false
            else { continue }
            let matrix = try layer.matrix(of: tensor)
            let (outputs, inputs) = (matrix.shape[0], matrix.shape[1])
            let rank = min(outputs, inputs)
            let even = Double(outputs * inputs) / Double(outputs + inputs)
            let cost = node.op.cost(
                graph.operatorInputs(node.inputs), outputs: node.outputs.map { graph[$0].type })
            guard rank >= Self.leastRank, even >= Self.leastEven * Double(rank),
                savesWork
                    ? Double(cost.multiplyAccumulates)
                        >= Self.leastShare * Double(total.multiplyAccumulates)
                    : Double(tensor.count) >= Self.leastShare * Double(total.parameters)
            else { continue }
            let identity = try Tensor.identity(rank).converted(to: tensor.type)
            let (first, second) = outputs <= inputs ? (matrix, identity) : (identity, matrix)
            var shape = tensor.shape
            shape[layer.weightOutputAxis] = rank
            var pointwiseShape = [Int](repeating: 1, count: tensor.rank)
            pointwiseShape[layer.weightOutputAxis] = outputs
            pointwiseShape[1 - layer.weightOutputAxis] = rank
            let next = try layer.weight(from: second, shape: pointwiseShape)
            names.insert(graph[weight].name)
            divisions[id] = Graph.Division(
                first: Graph.Insertion(
                    node.op,
                    parameters: [
                        (name: "\(graph[weight].name).factor", try layer.weight(from: first, shape: shape))
                    ],
                    name: "\(node.name).factor", outputName: "\(graph[node.outputs[0]].name).factor"),
                op: pointwise, dataInput: layer.dataInput, weight: (weight, next))
        }
        guard !divisions.isEmpty else { return self }
        let divided = try graph.dividing(divisions)
        return try AnalysedNetwork(self, divided, factoring: names)
    }

    /// The layers that are products of two.
    package var factoredLayers: [FactoredLayer] { structure.factoredLayers }

    /// The groups that do not lie between pairs; they come first.
    package var ownGroups: ArraySlice<CoupledGroup> {
        let between = Set(factoredLayers.map(\.secondWeight))
        return coupling.groups.prefix { group in
            !group.members(.consumer).contains { between.contains($0.parameter) }
        }
    }

    /// Returns a network with the same nodes, some of its pairs of layers as one again.
    ///
    /// - Parameters:
    ///   - graph: A network with this one's nodes.
    ///   - layers: These pairs.
    /// - Throws: `GraphError` if a pair does not fit.
    package func joining(_ layers: [FactoredLayer], in graph: Graph) throws -> Graph {
        guard !layers.isEmpty else { return graph }
        var removed: [NodeID: ValueID] = [:]
        var operators: [NodeID: any Operator] = [:]
        var weights: [ValueID: Tensor] = [:]
        for layer in layers {
            let (first, second) = (graph[layer.first], graph[layer.second])
            guard let left = try first.op.linearLayer(graph.operatorInputs(first.inputs)),
                let right = try second.op.linearLayer(graph.operatorInputs(second.inputs)),
                let data = first.inputs[left.dataInput], let a = graph[layer.firstWeight].tensor,
                let b = graph[layer.secondWeight].tensor
            else { throw GraphError("is no longer a product of two layers", node: second.name) }
            let product = try right.matrix(of: b).converted(to: .float64)
                .matrixMultiplied(by: left.matrix(of: a).converted(to: .float64)).converted(to: b.type)
            var shape = a.shape
            shape[left.weightOutputAxis] = product.shape[0]
            removed[layer.first] = data
            operators[layer.second] = first.op
            weights[layer.secondWeight] = try left.weight(from: product, shape: shape)
        }
        return try graph.merging(
            removed, operators: operators, weights: weights, dropping: Set(layers.map(\.firstWeight)))
    }

    /// Returns this network with some of its pairs of layers as one again.
    ///
    /// - Throws: `GraphError` if a pair does not fit.
    package func joining(_ layers: [FactoredLayer]) throws -> AnalysedNetwork {
        let left = structure.factoredWeights.subtracting(layers.map { graph[$0.secondWeight].name })
        return try AnalysedNetwork(self, joining(layers, in: graph), factoring: left)
    }

    /// The pairs of a network with the same nodes that are not worth two layers.
    package func idleFactors(in graph: Graph) -> [FactoredLayer] {
        factoredLayers.filter { layer in
            guard let a = graph[layer.firstWeight].tensor, let b = graph[layer.secondWeight].tensor
            else { return false }
            let rank = a.shape[layer.outputAxes.first]
            let joint = a.count / max(rank, 1) * b.shape[layer.outputAxes.second]
            return !FactoredLayer.isWorthwhile(a.count + b.count, insteadOf: joint)
        }
    }
}
