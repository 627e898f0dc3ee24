internal import Charts
internal import Compression
internal import Foundation
public import Pruning

/// The widths of a network before and after pruning, group by group from the input to the output.
public struct WidthsPicture: Sendable {
    private let groups: [PruningResult.Group]
    private let model: String

    /// Takes the result of a pruning.
    ///
    /// - Parameters:
    ///   - groups: All its groups.
    ///   - model: The name of the network.
    public init(_ groups: [PruningResult.Group], model: String) {
        (self.groups, self.model) = (groups, model)
    }

    /// The picture as an SVG file.
    public var svg: String {
        let before = groups.reduce(0) { $0 + $1.width }
        let after = groups.reduce(0) { $0 + $1.keptChannels.count }
        let chart = BarPairChart(
            axisTitle: "channels", before: "before", after: "after",
            // The last group before the output has the first index.
            pairs: groups.sorted { $0.index > $1.index }.map { group in
                BarPairChart.Pair(
                    name(of: group), before: Double(group.width), after: Double(group.keptChannels.count),
                    note: note(of: group))
            })
        return Figure(
            title: "Channels of \(model)",
            notes: [
                "\(after) of \(before) channels are kept, in \(groups.count) groups from input to output"
            ],
            rows: [[chart]]
        ).svg
    }

    private func name(of group: PruningResult.Group) -> String {
        let more = group.producers.count > 1 ? " +\(group.producers.count - 1)" : ""
        let first = group.producers.first ?? "group \(group.index)"
        return (first.hasSuffix(".weight") ? String(first.dropLast(7)) : first) + more
    }

    private func note(of group: PruningResult.Group) -> String {
        let kept = group.keptChannels.count
        guard kept < group.width else { return "\(group.width)" }
        let error = group.candidates.last?.first { $0.isChosen }?.error
        let predicted = error.map { String(format: ", predicted error %.1f %%", 100 * min($0, 1e4)) } ?? ""
        return "\(group.width) → \(kept)\(predicted)"
    }
}
