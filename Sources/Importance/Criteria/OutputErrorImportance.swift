internal import Analysis
internal import Coupling
internal import Graph
internal import Torch

/// The share of the consumers' outputs that each channel can represent, without data: channels are chosen one
/// by one.
///
/// With the covariance C of the activations that a consumer reads, from the running statistics of the
/// batch-norms, and Q = V^T V of its weights, the variance of its outputs that no chosen channel predicts is
/// `tr(Q E)`, where E is the part of C that regression on the chosen channels leaves. The next channel is the
/// one that reduces it most,
///
///     (E Q E)_jj / E_jj, as a share of tr(Q C), summed over the consumers,
///
/// which is column subset selection by pivoted Cholesky in the metric of the outputs. The first channel
/// chosen scores n, the last 1, so the channels kept at one sparsity are kept at every lower one. Weights
/// count by their sum over the kernel and, in part, position by position. If neither batch-norms nor inputs
/// give the moments, C is the Gram matrix of the producing weights, which chooses better than the moments of
/// synthetic inputs. O(n^3) for n channels. Principal channels are uncorrelated: each scores its share.
public struct OutputErrorImportance: ImportanceCriterion {
    public static let name = "output_error"
    public static let summary =
        "how well the channel predicts the consumers' outputs, by the known moments of its activations"

    public init(options: ImportanceOptions) {}

    public func memberScores(_ context: ImportanceContext) throws -> [[Double]] {
        let (group, graph) = (context.group, context.graph)
        let told = try (context.statistics.network ?? context.network).moments()
        if let shares = told.shares(of: group) { return [shares] }
        let network = AnalysedNetwork(context.network, moments: told)
        var selections: [OutputSelection] = []
        if told.isTold(of: group, in: network) {
            let known = try GroupMoments(group, in: network)
            for member in group.members(.consumer) {
                guard let layer = try ConsumerLayer(member, in: network),
                    let (moments, source) = try known.read(by: layer), !source.isMadeUp
                else { continue }
                selections.append(
                    try OutputSelection(
                        covariance: moments.covariance, rows: layer.outputRows(in: graph).values))
            }
        }
        if selections.isEmpty { selections = [try Self.weightSelection(group, in: network)] }
        var scores = [Double](repeating: 0, count: group.width)
        for (rank, channel) in try OutputSelection.order(&selections, count: group.width).enumerated() {
            scores[channel] = Double(group.width - rank)
        }
        return [scores]
    }

    /// The selection for unknown activations: those of producers that see independent inputs of variance one.
    private static func weightSelection(
        _ group: CoupledGroup, in network: AnalysedNetwork
    ) throws -> OutputSelection {
        try OutputSelection(
            covariance: network.producerProducts(of: group),
            rows: ChannelFeatures.rows(of: group, in: network.graph, role: .consumer).transposed())
    }
}
