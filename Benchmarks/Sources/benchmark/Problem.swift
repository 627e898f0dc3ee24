import ArgumentParser
import Foundation
import IntraFusion

/// A transport problem of the size that a pruned layer gives.
struct Problem {
    /// How many channels there are, and how many of them are kept.
    struct Size: ExpressibleByArgument {
        let channels: Int
        let kept: Int

        init?(argument: String) {
            let numbers = argument.split(separator: "x").map { Int($0) }
            guard numbers.count == 2, let channels = numbers[0], let kept = numbers[1], kept >= 1,
                channels >= kept
            else { return nil }
            (self.channels, self.kept) = (channels, kept)
        }
    }

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
    init(_ group: CoupledGroup, of network: AnalysedNetwork, model: String, sparsity: Sparsity) throws {
        let gathered = try ChannelFeatures(group, in: network.graph)
        let scorer = ImportanceScorer(try ImportanceRegistry.criterion(named: "l1"))
        let scores = try scorer.scores(of: group, in: network, features: gathered)
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

    /// Writes the problem for a peer, its costs under a name of their own.
    func write(_ cost: CostMatrix, to folder: URL, as costs: String = "cost") throws {
        func file(_ kind: String) -> URL { folder.appendingPathComponent("\(name).\(kind)") }
        let targets = try features.selectingRows(kept)
        try Peer.write(cost.rows, cost.columns, cost.values, to: file(costs))
        try Peer.write(features.rows, features.columns, features.values, to: file("features"))
        try Peer.write(targets.rows, targets.columns, targets.values, to: file("targets"))
    }
}
