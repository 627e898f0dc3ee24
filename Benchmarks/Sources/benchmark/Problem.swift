import Foundation
import IntraFusion

/// A transport problem of the size that a pruned layer gives.
struct Problem {
    let name: String
    let features: FeatureMatrix
    let kept: [Int]

    /// Draws normalised random features; survivors are spread over all channels.
    init(channels: Int, kept count: Int, length: Int, seed: UInt64) throws {
        name = "\(channels)x\(count)"
        let values = try Tensor(random: .normal, shape: [channels, length], seed: seed).floats()
        features = try FeatureMatrix(rows: channels, columns: length, values: values).normalised()
        kept = (0..<count).map { $0 * channels / count }
    }

    /// Takes a group of a trained network, its most important channels surviving.
    init(_ group: CoupledGroup, of graph: Graph, model: String, sparsity: Sparsity) throws {
        let gathered = try ChannelFeatures(group, in: graph)
        let scorer = ImportanceScorer(try ImportanceRegistry.criterion(named: "l1"))
        let scores = try scorer.scores(ImportanceContext(group: group, graph: graph, features: gathered))
        kept = ImportanceScorer.mostImportant(scores, count: sparsity.keptWidth(of: group.width))
        features = try FeatureMatrix(
            rows: gathered.rows, columns: gathered.columns, values: gathered.values
        ).normalised()
        name = "\(model)-g\(group.index)-\(group.width)x\(kept.count)"
    }

    /// The matrix of costs under the 1-norm.
    func cost() throws -> CostMatrix {
        try PNormCost().distances(features: features, kept: kept)
    }

    /// Writes the problem for a peer: row count, column count (int64), then the entries.
    func write(_ cost: CostMatrix, to folder: URL) throws {
        func save(_ rows: Int, _ columns: Int, _ entries: [some Any], _ kind: String) throws {
            var data = withUnsafeBytes(of: (Int64(rows), Int64(columns))) { Data($0) }
            entries.withUnsafeBytes { data.append(contentsOf: $0) }
            try data.write(to: folder.appendingPathComponent("\(name).\(kind)"))
        }
        let targets = try features.selectingRows(kept)
        try save(cost.rows, cost.columns, cost.values, "cost")
        try save(features.rows, features.columns, features.values, "features")
        try save(targets.rows, targets.columns, targets.values, "targets")
    }
}
