// Prunes half of every group by a criterion of its own: the median absolute weight of a channel.
import Foundation
import IntraFusion

struct MedianImportance: ImportanceCriterion {
    static let name = "median"
    static let summary = "median absolute weight"

    init(options: ImportanceOptions) {}

    func memberScores(_ context: ImportanceContext) throws -> [[Double]] {
        context.mapSlices { slice in
            let sorted = slice.map { Double($0.magnitude) }.sorted()
            return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        }
    }
}

let network = try NetworkFile("models/digits-vgg11_bn.safetensors")
let folded = try BatchNormFolding.exact.folded(network.graph)
let scorer = ImportanceScorer(MedianImportance(options: ImportanceOptions()))
let (_, small) = try CompressionPlan.make(
    for: folded, groups: nil, sparsity: Sparsity(0.5), rule: NormPreservingRule()
) { group, graph in try GroupAnalysis(group, in: graph, scorer: scorer) }
let digits = try DatasetRegistry.load(
    name: "digits", folder: URL(fileURLWithPath: "data/digits"), split: .test)
let accuracies = try [folded, small].map { try AccuracyEvaluator(digits).accuracy(of: $0).fraction }
print("\(folded.parameterCount) -> \(small.parameterCount) parameters, accuracy \(accuracies)")
