internal import Charts
internal import Compression

/// A sweep as a picture: accuracy against sparsity for each group, and what each rule gains over deletion.
public struct SweepPicture: Sendable {
    private let result: SweepResult
    private let title: String
    private let notes: [String]

    /// Takes the results of a sweep.
    ///
    /// - Parameters:
    ///   - result: The result.
    ///   - model: The name of the network.
    ///   - dataset: The name of the data set.
    public init(_ result: SweepResult, model: String, dataset: String) {
        self.result = result
        title = "\(model), one group pruned at a time"
        let images =
            result.samples < result.availableSamples
            ? "the first \(result.samples) of \(result.availableSamples)" : "all \(result.samples)"
        notes =
            ["\(images) test images of \(dataset)"]
            + (result.isComplete ? [] : ["interrupted: \(result.rows.count) of \(result.requestedRows) rows"])
    }

    /// Returns the picture as an SVG file.
    public func svg() throws -> String {
        var accuracies: [GroupCurves.Place: AccuracyRange] = [:]
        var groups: [Int] = []
        for row in result.rows {
            if groups.last != row.group { groups.append(row.group) }
            for (rule, accuracy) in row.accuracy {
                let place = GroupCurves.Place(method: rule, group: row.group, sparsity: row.sparsity)
                accuracies[place] = AccuracyRange(accuracy)
            }
        }
        let others = result.rules.filter { $0 != DeletionRule.name }
        let curves = GroupCurves(
            methods: result.rules,
            baselines: Dictionary(
                others.map { ($0, DeletionRule.name) }, uniquingKeysWith: { first, _ in first }),
            groups: groups, sparsities: Set(result.rows.map(\.sparsity)).sorted(), accuracies: accuracies,
            dense: result.denseAccuracy)
        return Figure(title: title, notes: notes, rows: try curves.rows()).svg
    }
}
