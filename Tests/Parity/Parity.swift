import Analysis
import AnalysisSupport
import Checkpoints
import Compression
import Coupling
import Datasets
import Evaluation
import Experiments
import Foundation
import Graph
import Importance
import Models
import Pruning
import ReferenceSupport
import Torch

/// Compares every accuracy, kept set, map and weight with the published code's results.
@main
struct Parity {
    private static let accuracyTolerance = 0.001
    private static let weightTolerance = 1e-4
    private static let scoreTolerance = 1e-4
    private static let costTolerance = 1e-6
    private static let mapTolerance = 1e-6
    /// The published gradients are those of the first images of the training set, in order.
    private static let gradientImages = 640

    static func main() throws {
        try Runtime.setThreadCount(ProcessInfo.processInfo.activeProcessorCount)
        let arguments = CommandLine.arguments
        let shared = URL(
            fileURLWithPath: arguments.count == 3 && arguments[1] == "--shared" ? arguments[2] : "../shared",
            isDirectory: true)
        let checkpoint = try CheckpointFile.load(shared.appendingPathComponent("models/vgg11_bn.checkpoint"))
        let graph = try ModelRegistry.architecture(named: "vgg11_bn").load(checkpoint.state)
        let data = try DatasetRegistry.load(
            name: "cifar10", folder: shared.appendingPathComponent("data"), split: .test)
        var worst = Worst()
        let training = try DatasetRegistry.load(
            name: "cifar10", folder: shared.appendingPathComponent("data"), split: .train
        ).prefix(gradientImages)
        let files = try ["l1", "l2", "taylor"].map {
            try ReferenceFile(shared.appendingPathComponent("reference/vgg11_bn_\($0).json"))
        }
        for file in files { try compareWeights(file, graph, training, &worst) }
        for file in files { try compareAccuracies(file, graph, data, training, &worst) }
        say(worst.text)
        let holds =
            worst.accuracy <= accuracyTolerance && worst.weights <= weightTolerance
            && worst.scores <= scoreTolerance
            && worst.map <= mapTolerance
            && worst.cost <= costTolerance && worst.otherKept == 0 && worst.accuracies == 2 * worst.rows
        exit(holds ? 0 : 1)
    }

    private struct Worst {
        var accuracy = 0.0
        var weights = 0.0
        var scores = 0.0
        var map = 0.0
        var cost = 0.0
        var rows = 0
        var accuracies = 0
        var otherKept = 0
        var otherPlans = 0

        var text: String {
            """
            \(rows) rows, \(accuracies) accuracies; worst differences: accuracy \(accuracy), weights \(weights) (relative), \
            scores \(scores) (relative), map entries \(map)
            kept sets that differ: \(otherKept)
            plans that differ: \(otherPlans), their costs by \(cost) (relative)
            """
        }
    }

    private static func compareWeights(
        _ file: ReferenceFile, _ graph: Graph, _ training: ImageDataset, _ worst: inout Worst
    ) throws {
        let folded =
            try ImportanceRegistry.needsImages(file.criterion)
            ? PublishedNetwork.folded(graph, nudge: PublishedNetwork.publishedNudge)
            : BatchNormFolding.reference.folded(graph)
        let coupling = try Coupling(folded)
        let scorer = try ImportanceRegistry.scorer(named: file.criterion, images: training)
        var scores = 0.0
        defer { say("\(file.criterion): scores differ by \(scores) (relative) at most") }
        for group in coupling.groups {
            let analysis = try GroupAnalysis(group, in: folded, scorer: scorer)
            for row in file.rows where row.group == group.index {
                let found = try RowComparison(row, analysis, in: folded, of: coupling)
                worst.rows += 1
                worst.weights = max(worst.weights, found.deletedWeights, found.fusedWeights)
                scores = max(scores, found.scores)
                worst.scores = max(worst.scores, found.scores)
                if !found.keepsTheSame { worst.otherKept += 1 }
                if let cost = found.costOfOtherPlan {
                    worst.otherPlans += 1
                    worst.cost = max(worst.cost, abs(cost))
                    say(
                        "\(file.criterion) group \(row.group) sparsity \(row.sparsity): another plan, dearer by \(cost)"
                    )
                } else {
                    worst.map = max(worst.map, found.map)
                }
            }
        }
    }

    private static func compareAccuracies(
        _ file: ReferenceFile, _ graph: Graph, _ data: ImageDataset, _ training: ImageDataset,
        _ worst: inout Worst
    ) throws {
        say("criterion,group,sparsity,delete,published delete,reference,published reference")
        let images = Double(file.testImages)
        // Groups that were pruned at the same sparsities share a sweep, and with it the runs of the dense network.
        let byGroup = Dictionary(grouping: file.rows, by: \.group)
        for (sparsities, groups) in Dictionary(
            grouping: byGroup.keys.sorted(),
            by: { group in
                byGroup[group, default: []].map(\.sparsity).sorted()
            })
        {
            let options = SweepOptions(
                groups: groups, sparsities: try sparsities.map { try Sparsity($0) }, rules: ["reference"],
                scoring: ScoringOptions(importance: file.criterion))
            var reported = 0
            let result = try Sweep(of: graph, on: data, trainingImages: training, options: options).run {
                event in
                if case .progress("evaluating", let fraction) = event, Int(fraction * 20) > reported {
                    reported = Int(fraction * 20)
                    FileHandle.standardError.write(
                        Data("\(file.criterion), groups \(groups): \(reported * 5) % evaluated\n".utf8))
                }
                return true
            }
            worst.accuracy = max(
                worst.accuracy, abs((result.denseAccuracy ?? 0) - Double(file.denseCorrect) / images))
            for row in result.rows {
                let expected = byGroup[row.group, default: []].first { $0.sparsity == row.sparsity }
                guard let expected else { continue }
                let (deleted, fused) = (row.accuracy["delete"] ?? 0, row.accuracy["reference"] ?? 0)
                let (theirDeleted, theirFused) = (
                    Double(expected.deleteCorrect) / images, Double(expected.referenceCorrect) / images
                )
                worst.accuracy = max(worst.accuracy, abs(deleted - theirDeleted), abs(fused - theirFused))
                worst.accuracies += 2
                say(
                    "\(file.criterion),\(row.group),\(row.sparsity),\(deleted),\(theirDeleted),\(fused),\(theirFused)"
                )
            }
        }
    }

    /// Prints a line at once, also into a file.
    private static func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}
