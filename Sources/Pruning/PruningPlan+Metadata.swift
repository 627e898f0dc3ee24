internal import Analysis
internal import Compression

extension PruningPlan {
    /// What the compressed network's file says about its origin.
    public var metadata: [String: String] { options.metadata(of: source) }
}

extension PruningOptions {
    /// Returns the metadata for the file of a network compressed with these options.
    ///
    /// - Parameter source: The network before compression.
    public func metadata(of source: PruningPlan.Source) -> [String: String] {
        [
            "architecture": source.architecture, "source": source.file, "source_crc32": source.checksum,
            "rule": chosenRule, "importance": criterion, "allocation": chosenAllocation,
            "order": order.rawValue,
            "steps": "\(steps)", "folding": scoring.folding.rawValue, "seed": "\(scoring.seed)",
        ]
    }
}
