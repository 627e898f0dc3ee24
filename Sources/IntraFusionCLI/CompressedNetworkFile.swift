import Foundation
import IntraFusion

/// Writes compressed networks: the one place that knows the files' format.
enum CompressedNetworkFile {
    /// Writes a network whole or not at all, with what was done to it.
    static func write(
        _ graph: Graph, made plan: PruningPlan, from network: NetworkFile, to output: OutputFile
    ) throws {
        try network.save(graph, to: output.url, metadata: metadata(plan.source, plan.options))
    }

    /// Returns how many bytes a file takes besides the parameters, at most.
    static func headerSize(
        of graph: Graph, from network: NetworkFile, source: PruningPlan.Source, options: PruningOptions
    ) throws -> Int {
        if network.model != nil { return max(network.byteCount - NetworkCost(of: network.graph).bytes, 0) }
        // Numbers become shorter with the network, never longer.
        return try SafetensorsWriter.data(graph.stateDictionary, metadata: metadata(source, options)).count
            - NetworkCost(of: graph).bytes
    }

    private static func metadata(
        _ source: PruningPlan.Source, _ options: PruningOptions
    ) -> [String: String] {
        [
            "architecture": source.architecture, "source": source.file, "source_crc32": source.checksum,
            "rule": options.rule, "importance": options.importance, "allocation": options.allocation,
            "order": options.order.rawValue, "steps": "\(options.steps)",
            "folding": options.folding.rawValue,
            "seed": "\(options.seed)",
        ]
    }
}
