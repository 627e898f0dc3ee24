internal import Analysis
internal import Calibration
internal import Graph
internal import Torch

extension CompressedNetwork {
    /// Describes the layers that are products of two now.
    func factored() -> [PruningResult.Factored] {
        original.factoredLayers.compactMap { layer in
            guard let first = graph[layer.firstWeight].tensor, let second = graph[layer.secondWeight].tensor
            else { return nil }
            let (rank, outputs) = (
                first.shape[layer.outputAxes.first], second.shape[layer.outputAxes.second]
            )
            let joint = first.count / max(rank, 1) * outputs
            return PruningResult.Factored(
                weight: graph[layer.secondWeight].name, outputs: outputs, rank: rank,
                share: Double(first.count + second.count) / Double(max(joint, 1)))
        }
    }
}
