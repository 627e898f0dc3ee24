internal import Compression
internal import Pruning

/// The cells where a method, with one group compressed, is below the reference rule or deletion.
///
/// A method is compared with the study's uncalibrated methods of these rules: one with the same criterion if
/// there is one, otherwise the first.
struct StudyLosses {
    /// A cell in which a method is below another.
    struct Loss: Equatable {
        let group: Int
        let sparsity: Double
        /// By how much the accuracy is lower, averaged over the seeds.
        let difference: Double
    }

    private let network: StudyResult.Network
    private let sparsities: [Double]
    private let means: [String: [Double: [Int: Double]]]

    init(_ network: StudyResult.Network, _ sparsities: [Double]) {
        self.network = network
        self.sparsities = sparsities
        means = network.summaries.reduce(into: [:]) { means, summary in
            guard summary.scope == .perGroup, let group = summary.group else { return }
            means[summary.method, default: [:]][summary.sparsity, default: [:]][group] = summary.mean
        }
    }

    /// Returns the method of a rule to compare another with; nil if there is none but itself.
    func baseline(of method: StudyResult.Method, rule: String) -> StudyResult.Method? {
        let all = network.methods.filter {
            $0.options.chosenRule == rule && $0.options.chosenCalibration == nil
        }
        let found = all.first { $0.options.criterion == method.options.criterion } ?? all.first
        return found == method ? nil : found
    }

    /// Returns the cells in which a method is below another by more than a tolerance, and how many cells both
    /// have.
    func losses(of method: String, to other: String, tolerance: Double) -> (losses: [Loss], count: Int) {
        var losses: [Loss] = []
        var count = 0
        for sparsity in sparsities {
            let (own, others) = (means[method]?[sparsity] ?? [:], means[other]?[sparsity] ?? [:])
            for group in own.keys.sorted() {
                guard let accuracy = own[group], let wanted = others[group] else { continue }
                count += 1
                // Accuracies are counts over one number of samples: rounding errors are far below one of
                // them.
                if wanted - accuracy > tolerance + 1e-9 {
                    losses.append(Loss(group: group, sparsity: sparsity, difference: wanted - accuracy))
                }
            }
        }
        return (losses, count)
    }

    /// A table of counts, and lists of cells, for methods that are neither of the two.
    var lines: [String] {
        let rules = [(ReferenceRule.name, StudyTables.tolerance), (DeletionRule.name, 0)]
        let points = StudyTable.number(100 * StudyTables.tolerance, 1)
        var counts = [
            "",
            StudyTable.row([
                "method", "cells more than \(points) points below reference", "cells below deletion",
            ]),
            StudyTable.row(["---", "---:", "---:"]),
        ]
        var lists: [String] = []
        for method in network.methods {
            var row = [StudyTable.cell(method.name)]
            for (rule, tolerance) in rules {
                guard let other = baseline(of: method, rule: rule) else {
                    row.append("")
                    continue
                }
                let (losses, count) = losses(of: method.name, to: other.name, tolerance: tolerance)
                row.append("\(losses.count) of \(count)")
                guard !losses.isEmpty, !rules.contains(where: { $0.0 == method.options.chosenRule }) else {
                    continue
                }
                let cells = losses.map {
                    "group \($0.group) at \($0.sparsity) by \(StudyTable.number(100 * $0.difference, 2))"
                }
                lists.append(
                    "- \(StudyTable.cell(method.name)) below \(StudyTable.cell(other.name)): "
                        + cells.joined(separator: ", "))
            }
            counts.append(StudyTable.row(row))
        }
        return counts + (lists.isEmpty ? [] : [""] + lists)
    }
}
