public import Analysis
internal import Coupling
public import Graph
public import Torch

/// How the loss depends on the weights: w dL/dw for every producer and consumer.
///
/// L is the mean cross-entropy of a batch; the gradients of all batches are summed. The network runs in
/// evaluation mode. One backward pass per batch.
public struct LossGradients: NetworkMeasurement {
    /// w dL/dw by parameter, of the parameter's shape, on the CPU.
    public let products: [ValueID: Tensor]

    public init(_ network: AnalysedNetwork, on images: ScoringImages) throws {
        let gradient = try LossGradient(network, device: images.device)
        var sums: [ValueID: Tensor] = [:]
        // A batch's mean is the mean of the parts in which it runs.
        let share = Double(images.runSize) / Double(images.batchSize)
        try images.forEachBatch(for: network.graph) { batch, labels in
            for (id, found) in try gradient.gradients(batch, labels) {
                let value = share == 1 ? found : try found.applying(.multiplied(share))
                sums[id] = try sums[id].map { try $0.adding(value) } ?? value
            }
        }
        products = try gradient.weighting(sums) { weight, sum in try weight.multiplied(by: sum) }
    }
}

/// Differentiates a network's mean cross-entropy with respect to the weights that can lose channels.
struct LossGradient {
    private let graph: Graph
    private let executor: Executor
    private let weights: [ValueID: Tensor]

    init(_ network: AnalysedNetwork, device: Device) throws {
        let graph = network.graph
        self.graph = graph
        executor = try Executor(graph, device: device)
        let members = network.coupling.groups.flatMap(\.members)
        var weights: [ValueID: Tensor] = [:]
        for member in members where member.role == .producer || member.role == .consumer {
            guard weights[member.parameter] == nil, graph[member.parameter].type.element.isFloatingPoint
            else { continue }
            weights[member.parameter] = try graph[member.parameter].tensor?.moved(to: device)
        }
        self.weights = weights
    }

    /// Returns the gradient over one batch by parameter, without parameters that do not affect the loss.
    func gradients(_ images: Tensor, _ labels: Tensor) throws -> [ValueID: Tensor] {
        let leaves = try weights.mapValues { try $0.requiringGradient() }
        let order = leaves.keys.sorted()
        let values = try executor.compute(
            graph.outputs, from: [graph.inputs[0]: images], parameters: leaves)
        guard !order.isEmpty, let logits = values[graph.outputs[0]] else { return [:] }
        let found = try logits.crossEntropy(targets: labels).gradients(of: order.compactMap { leaves[$0] })
        return Dictionary(uniqueKeysWithValues: zip(order, found)).compactMapValues { $0 }
    }

    /// Combines each weight with its sum of gradients, on the CPU; a weight without gradient gets zeros.
    ///
    /// - Throws: `ImportanceError` naming the weight whose result is not finite.
    func weighting(
        _ sums: [ValueID: Tensor], _ combine: (_ weight: Tensor, _ sum: Tensor) throws -> Tensor
    ) throws -> [ValueID: Tensor] {
        var results: [ValueID: Tensor] = [:]
        for (id, weight) in weights.sorted(by: { $0.key < $1.key }) {
            let sum = try sums[id] ?? Tensor(repeating: 0, shape: weight.shape, type: weight.type)
            let result = try combine(weight, sum.moved(to: weight.device)).moved(to: .cpu)
            guard try result.isFinite() else {
                throw ImportanceError(
                    "the gradient of the loss with respect to \(graph[id].name), times that weight, is not finite; check that the network's outputs on these images are finite"
                )
            }
            results[id] = result
        }
        return results
    }
}
