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
