internal import Coupling
internal import Graph
internal import Moments
internal import Torch

/// How much of the consumers' outputs each channel can stand for, data-free: channels are chosen one by one.
///
/// With the covariance C of the activations that a consumer reads, told by the batch-norms, and Q = V^T V of its weights, the
/// variance of its outputs that no chosen channel predicts is `tr(Q E)`, E the part of C that is left after regression on
/// the chosen ones. The next channel is the one that takes most away from it,
///
///     (E Q E)_jj / E_jj, as a share of tr(Q C), summed over the consumers,
///
/// which is column subset selection by pivoted Cholesky in the metric of the outputs. The first channel chosen scores n, the
/// last 1: what is kept at one sparsity is kept at every lower one. Weights count by their sum over the kernel and, for a part,
/// position by position. Where no batch-norm tells the activations, C is the Gram matrix of the producing weights.
/// O(n^3) for n channels.
public struct OutputErrorImportance: ImportanceCriterion {
    public static let name = "output_error"
    public static let summary =
        "which channels predict the consumers' outputs best, by the batch-norms' moments"

    /// A channel with a smaller share of the mean variance left is predicted by those already chosen.
    private static let exhausted = 1e-9

    public init(options: ImportanceOptions) {}

    public func memberScores(_ context: ImportanceContext) throws -> [[Double]] {
        let (group, graph) = (context.group, context.graph)
        let network =
            try context.statistics.moments
            ?? NetworkMoments(batchNormsOf: context.statistics.original ?? graph, foldedInto: graph)
        let known = try GroupMoments(group, in: graph, network: network)
        let users = graph.consumers()
        var choices: [Choice] = []
        for member in group.members(.consumer) {
            guard let layer = try ConsumerLayer(member, in: graph, users: users),
                let moments = try known.read(by: layer)?.moments
            else { continue }
            let metric = try layer.outputMetric(in: graph)
            choices.append(
                try Choice(covariance: moments.covariance, metric: metric))
        }
        if choices.isEmpty { choices = [try Self.weightChoice(group, in: graph)] }
        return [Self.scores(&choices, width: group.width)]
    }

    /// The choice for activations of which nothing is known: those of producers that see independent inputs of variance one.
    private static func weightChoice(_ group: CoupledGroup, in graph: Graph) throws -> Choice {
        try Choice(
            covariance: ChannelFeatures.products(of: group, in: graph, role: .producer),
            metric: ChannelFeatures.products(of: group, in: graph, role: .consumer))
    }

    private static func scores(_ choices: inout [Choice], width: Int) -> [Double] {
        var scores = [Double](repeating: 0, count: width)
        var remaining = Set(0..<width)
        for rank in 0..<width {
            var best = -1
            var most = -Double.infinity
            for channel in remaining.sorted() {
                let value = choices.reduce(0) { $0 + $1.explained(by: channel) }
                if value > most { (best, most) = (channel, value) }
            }
            remaining.remove(best)
            scores[best] = Double(width - rank)
            for index in choices.indices { choices[index].choose(best) }
        }
        return scores
    }

    /// One consumer's outputs, and what the channels chosen so far leave of them.
    private struct Choice {
        private let count: Int
        private let total: Double
        private let least: Double
        /// E, row by row.
        private var rest: [Double]
        /// Q E, row by row.
        private var weighted: [Double]
        /// (E Q E)_jj.
        private var gains: [Double]

        init(covariance: Tensor, metric: Tensor) throws {
            count = covariance.shape[0]
            rest = try covariance.doubles()
            let product = try metric.matrixMultiplied(by: covariance)
            weighted = try product.doubles()
            gains = try covariance.multiplied(by: product).reduced(.sum, axes: [0]).doubles()
            let trace = try product.diagonal().reduced(.sum, axes: [0]).scalar()
            total = trace > 0 ? trace : 1
            least = try covariance.diagonal().reduced(.mean, axes: [0]).scalar() * exhausted
        }

        func explained(by channel: Int) -> Double {
            let variance = rest[channel * (count + 1)]
            return variance > least ? gains[channel] / variance / total : 0
        }

        /// Takes away what a channel predicts: `E - e e^T / E_jj` with its column e.
        mutating func choose(_ channel: Int) {
            let count = count
            let variance = rest[channel * (count + 1)]
            guard variance > least else { return }
            let scale = 1 / variance.squareRoot()
            let column = (0..<count).map { rest[$0 * count + channel] * scale }
            let weightedColumn = (0..<count).map { weighted[$0 * count + channel] * scale }
            for index in 0..<count { gains[index] = 0 }
            rest.withUnsafeMutableBufferPointer { rest in
                weighted.withUnsafeMutableBufferPointer { weighted in
                    gains.withUnsafeMutableBufferPointer { gains in
                        for row in 0..<count {
                            let (own, ownWeighted, start) = (column[row], weightedColumn[row], row * count)
                            for index in 0..<count {
                                let left = rest[start + index] - own * column[index]
                                let product = weighted[start + index] - ownWeighted * column[index]
                                rest[start + index] = left
                                weighted[start + index] = product
                                gains[index] += left * product
                            }
                        }
                    }
                }
            }
        }
    }
}
