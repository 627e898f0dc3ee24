internal import Compression
internal import Evaluation
internal import Graph

/// A method's results at one sparsity over the seeds, or the groups.
public struct StudySummary: Sendable, Codable, Equatable {
    /// The scope.
    public let scope: StudyScope
    /// The method's name.
    public let method: String
    /// The group; nil if all were compressed, or for the summary over all groups compressed alone.
    public let group: Int?
    /// The sparsity.
    public let sparsity: Double
    /// The number of summarised cells.
    public let count: Int
    /// The mean of the accuracies, 0 ... 1.
    public let mean: Double
    /// The lowest accuracy.
    public let least: Double
    /// The highest accuracy.
    public let greatest: Double
    /// The group of the lowest accuracy; nil if all were compressed.
    public let worstGroup: Int?
    /// The mean share of the parameters that is left.
    public let parametersLeft: Double
    /// The mean share of the multiply-accumulates that is left.
    public let multiplyAccumulatesLeft: Double
    /// The mean share of the original's time for one run; nil if it was not measured.
    public let latencyLeft: Double?
    /// The mean of the seconds.
    public let seconds: Double

    /// Summarises cells that differ in their seeds, or in seeds and groups.
    ///
    /// Failed cells do not count.
    /// - Returns: nil if there is none.
    init?(_ cells: [StudyCell], of network: StudyResult.Network, isOverGroups: Bool) {
        let results = cells.compactMap { cell in cell.accuracy.map { (cell: cell, accuracy: $0.fraction) } }
        guard let first = results.first, let worst = results.min(by: { $0.accuracy < $1.accuracy }) else {
            return nil
        }
        func mean(_ value: (StudyCell) -> Double) -> Double {
            results.reduce(0) { $0 + value($1.cell) } / Double(results.count)
        }
        scope = first.cell.place.scope
        method = first.cell.place.method
        group = isOverGroups ? nil : first.cell.place.group
        sparsity = first.cell.place.sparsity
        count = results.count
        self.mean = mean { $0.accuracy?.fraction ?? 0 }
        least = worst.accuracy
        greatest = results.map(\.accuracy).max() ?? worst.accuracy
        worstGroup = worst.cell.place.group
        let cost = network.cost
        parametersLeft = mean { Double($0.parameters ?? 0) / Double(max(cost.parameters, 1)) }
        multiplyAccumulatesLeft = mean {
            Double($0.multiplyAccumulates ?? 0) / Double(max(cost.multiplyAccumulates, 1))
        }
        let shares = results.compactMap(\.cell.latency?.share)
        latencyLeft =
            shares.count == results.count ? shares.reduce(0, +) / Double(shares.count) : nil
        seconds = mean { $0.seconds ?? 0 }
    }
}

extension StudyResult.Network {
    /// Summarises the cells: first over the seeds, then for single groups over the groups too.
    mutating func sumUp() {
        struct Key: Hashable {
            let scope: StudyScope
            let method: String
            let group: Int?
            let sparsity: Double
        }
        func summaries(_ cells: [StudyCell], isOverGroups: Bool) -> [StudySummary] {
            var keys: [Key] = []
            var parts: [Key: [StudyCell]] = [:]
            for cell in cells {
                let place = cell.place
                let key = Key(
                    scope: place.scope, method: place.method, group: isOverGroups ? nil : place.group,
                    sparsity: place.sparsity)
                if parts[key] == nil { keys.append(key) }
                parts[key, default: []].append(cell)
            }
            return keys.compactMap {
                StudySummary(parts[$0] ?? [], of: self, isOverGroups: isOverGroups)
            }
        }
        self.summaries =
            summaries(cells, isOverGroups: false)
            + summaries(cells.filter { $0.place.scope == .perGroup }, isOverGroups: true)
    }
}
