internal import Graph
internal import Torch

/// The parameters of a network that are trained, with and without decay.
struct TrainableParameters: Sendable {
    /// Weights and biases that decay.
    let decayed: [ValueID]
    /// Those that do not.
    let undecayed: [ValueID]

    /// Sorts the parameters of a network.
    ///
    /// Integers, scalars, running statistics and frozen parameters are not trained.
    init(_ graph: Graph, frozen: Set<String>, decaysNormalisation: Bool) throws(TrainingError) {
        let names = Set(graph.parameters.map { graph[$0].name })
        if let unknown = frozen.subtracting(names).min() {
            throw .network("there is no parameter named \(unknown) to freeze")
        }
        var statistics: Set<ValueID> = []
        var normalisation: Set<ValueID> = []
        for node in graph.nodes where !node.op.runningStatistics.isEmpty {
            for (index, input) in node.inputs.enumerated().dropFirst() {
                guard let input else { continue }
                if node.op.runningStatistics.contains(index) {
                    statistics.insert(input)
                } else {
                    normalisation.insert(input)
                }
            }
        }
        let trainable = graph.parameters.filter { id in
            let type = graph[id].type
            return type.element.isFloatingPoint && !type.shape.isEmpty && !statistics.contains(id)
                && !frozen.contains(graph[id].name)
        }
        guard !trainable.isEmpty else { throw .network("it has no parameter to train") }
        decayed = trainable.filter { decaysNormalisation || !normalisation.contains($0) }
        undecayed = trainable.filter { !decaysNormalisation && normalisation.contains($0) }
    }
}
