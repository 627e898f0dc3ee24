import Foundation
import IntraFusion

/// Writes compressed networks: the one place that knows the files' format.
enum CompressedNetworkFile {
    /// Writes a network whole or not at all, with metadata on how it was made.
    ///
    /// - Returns: The files that were written.
    @discardableResult
    static func write(
        _ graph: Graph, made plan: PruningPlan, from network: NetworkFile, to output: OutputFile
    ) throws -> [URL] {
        try network.save(graph, to: output.url, metadata: plan.metadata)
    }

    /// Returns how many bytes a file takes besides the parameters, at most.
    static func headerSize(
        of graph: Graph, from network: NetworkFile, source: PruningPlan.Source, options: PruningOptions
    ) throws -> Int {
        if network.model != nil { return max(network.byteCount - NetworkCost(of: network.graph).bytes, 0) }
        // Numbers become shorter with the network, never longer.
        return try SafetensorsWriter.data(graph.stateDictionary, metadata: options.metadata(of: source)).count
            - NetworkCost(of: graph).bytes
    }
}
