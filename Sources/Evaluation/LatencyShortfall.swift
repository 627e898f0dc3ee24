internal import Graph
public import Torch

/// Where the time goes of a network whose saving of multiply-accumulates does not arrive.
public struct LatencyShortfall: Sendable, Codable, Equatable {
    /// The times of all nodes of one type.
    public struct OperatorTimes: Sendable, Codable, Equatable {
        /// The type, as the runtime names it after its optimisations.
        public let name: String
        /// The seconds of a run of the reference network.
        public let base: Double
        /// The same of the other network.
        public let other: Double

        package init(name: String, base: Double, other: Double) {
            (self.name, self.base, self.other) = (name, base, other)
        }
    }

    /// The other network's multiply-accumulates as a share of the reference's.
    public let multiplyAccumulates: Double
    /// The types of operators, those first that take the reference network longest.
    public let operators: [OperatorTimes]

    /// The share of a saving that is to arrive.
    public static let arriving = 0.8
    /// Smaller savings do not show among the noise.
    private static let leastSaving = 0.05
    /// The runs of each network.
    private static let runs = 10

    /// Whether less arrives of what a network saves than should, both as shares of the reference network.
    package static func isShort(multiplyAccumulates: Double, time: Double) -> Bool {
        let saving = 1 - multiplyAccumulates
        return saving >= leastSaving && 1 - time < arriving * saving
    }

    /// Finds out where the time goes; nil if the saving arrives, or if the runtime does not record it.
    init?(
        _ base: RuntimeComparison.Subject, _ other: RuntimeComparison.Subject, times: LatencyMeter.Times,
        inputs: [Tensor]
    ) {
        let all = base.graph.multiplyAccumulates
        guard all > 0 else { return nil }
        multiplyAccumulates = Double(other.graph.multiplyAccumulates) / Double(all)
        guard Self.isShort(multiplyAccumulates: multiplyAccumulates, time: times.share),
            let before = try? base.runtime.operatorTimes(of: base.graph, inputs: inputs, runs: Self.runs),
            let after = try? other.runtime.operatorTimes(of: other.graph, inputs: inputs, runs: Self.runs)
        else { return nil }
        operators = Set(before.keys).union(after.keys).map {
            OperatorTimes(name: $0, base: before[$0] ?? 0, other: after[$0] ?? 0)
        }.sorted { ($0.base, $0.other, $1.name) > ($1.base, $1.other, $0.name) }
    }
}
