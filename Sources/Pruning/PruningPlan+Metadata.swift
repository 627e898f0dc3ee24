internal import Analysis
internal import Compression

extension PruningPlan {
    /// What a compressed network's file says about where it comes from.
    public var metadata: [String: String] { options.metadata(of: source) }
}

extension PruningOptions {
    /// Returns what the file of a network says that was compressed by these options.
    ///
    /// - Parameter source: The network before.
    public func metadata(of source: PruningPlan.Source) -> [String: String] {
        [
            "architecture": source.architecture, "source": source.file, "source_crc32": source.checksum,
            "rule": chosenRule, "importance": criterion, "allocation": chosenAllocation,
            "order": order.rawValue,
            "steps": "\(steps)", "folding": scoring.folding.rawValue, "seed": "\(scoring.seed)",
        ]
    }
}
