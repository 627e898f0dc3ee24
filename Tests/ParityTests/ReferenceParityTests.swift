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
import ReferenceSupport
import TestSupport
import Testing

/// Our results on the shared VGG11-BN against those of the authors' code on the same file.
///
/// Batch-norms are folded as the published code folds them, without epsilon; then scores and weights agree to single
/// precision. Four things are put in order first: entries of about 1e-13 that the published solver leaves behind
/// are dropped; where CPython iterates a set of survivors out of order (groups 4 and 5 at 0.7) targets are renumbered;
/// gradients are taken of the network that the published code leaves behind (see `PublishedNetwork`), as they jump with
/// the sign of every rectified input; and in one row (group 5 at 0.6) two plans cost the same in the published code's single-precision distances, which
/// picks the one that double precision shows to be dearer by 3e-8.
@Suite(
    "the published code's results",
    .enabled(if: SharedFiles.has("reference/vgg11_bn_l1.json"), Comment(rawValue: SharedFiles.missing)))
struct ReferenceParityTests {
    /// Scores, relative: both sides are sums of thousands of single-precision weights.
    private let scoreTolerance = 1e-5
    /// Weights, relative, as the issue of parity demands.
    private let weightTolerance = 1e-4
    /// Map entries are printed with seven digits there.
    private let mapTolerance = 1e-6
    /// Plans whose costs are this close cannot be told apart in single precision.
    private let costTolerance = 1e-6

    /// Taylor scores, relative: gradients are sums over images in single precision on both sides, and a processor whose
    /// convolutions round otherwise changes the sign of a few rectified inputs, each of which moves a score by up to 1e-3.
    private let gradientTolerance = 2e-3

    /// The scorer of a reference file: gradients there are of the first 640 training images in order.
    private func scorer(_ criterion: String) throws -> ImportanceScorer {
        let images =
            try ImportanceRegistry.needsImages(criterion)
            ? DatasetRegistry.load(name: "cifar10", folder: SharedFiles.file("data"), split: .train) : nil
        return try ImportanceRegistry.scorer(named: criterion, images: images)
    }

    private func network() throws -> Graph {
        let checkpoint = try CheckpointFile.load(SharedFiles.file("models/vgg11_bn.checkpoint"))
        return try ModelRegistry.architecture(named: "vgg11_bn").load(checkpoint.state)
    }

    private func network(_ folding: BatchNormFolding) throws -> Graph {
        try folding.folded(network())
    }

    @Test("kept channels, maps and weights of every row", arguments: [("l1", 40), ("l2", 8), ("taylor", 8)])
    func rows(criterion: String, count: Int) throws {
        let file = try ReferenceFile(SharedFiles.file("reference/vgg11_bn_\(criterion).json"))
        #expect(file.rows.count == count)
        let graph =
            try ImportanceRegistry.needsImages(criterion)
            ? PublishedNetwork.folded(network(), nudge: PublishedNetwork.publishedNudge) : network(.reference)
        let coupling = try Coupling(graph)
        let scorer = try scorer(criterion)
        var analyses: [Int: GroupAnalysis] = [:]
        var otherPlans: [String] = []
        for row in file.rows {
            let analysis =
                try analyses[row.group] ?? GroupAnalysis(coupling.group(row.group), in: graph, scorer: scorer)
            analyses[row.group] = analysis
            let found = try RowComparison(row, analysis, in: graph, of: coupling)
            let place = "\(criterion), group \(row.group), sparsity \(row.sparsity)"
            #expect(found.keepsTheSame, "\(place)")
            #expect(
                found.scores <= (criterion == "taylor" ? gradientTolerance : scoreTolerance),
                "\(place): \(found.scores)")
            #expect(found.deletedWeights <= weightTolerance, "\(place)")
            #expect(found.fusedWeights <= weightTolerance, "\(place)")
            if let cost = found.costOfOtherPlan {
                #expect(abs(cost) <= costTolerance, "\(place)")
                otherPlans.append(place)
            } else {
                #expect(found.map <= mapTolerance, "\(place)")
            }
        }
        #expect(otherPlans.count <= 1, "\(otherPlans)")
        if criterion == "l1" { #expect(otherPlans == ["l1, group 5, sparsity 0.6"]) }
    }

    @Test("an exact fold keeps the same channels", arguments: ["l1", "l2", "taylor"])
    func exactFold(criterion: String) throws {
        let file = try ReferenceFile(SharedFiles.file("reference/vgg11_bn_\(criterion).json"))
        let graph = try network(.exact)
        let coupling = try Coupling(graph)
        let scorer = try scorer(criterion)
        for row in file.rows {
            let group = try coupling.group(row.group)
            let features = try ChannelFeatures(group, in: graph)
            let scores = try scorer.scores(of: group, in: graph, features: features)
            let kept = ImportanceScorer.mostImportant(
                scores, count: try Sparsity(row.sparsity).keptWidth(of: group.width))
            #expect(kept == row.kept, "group \(row.group), sparsity \(row.sparsity)")
        }
    }

    @Test(
        "accuracy of a few rows",
        .enabled(
            if: SharedFiles.has("data/cifar-10-batches-bin/test_batch.bin"),
            Comment(rawValue: SharedFiles.missing)))
    func accuracy() throws {
        let file = try ReferenceFile(SharedFiles.file("reference/vgg11_bn_l1.json"))
        let checkpoint = try CheckpointFile.load(SharedFiles.file("models/vgg11_bn.checkpoint"))
        let graph = try ModelRegistry.architecture(named: "vgg11_bn").load(checkpoint.state)
        let data = try DatasetRegistry.load(name: "cifar10", folder: SharedFiles.file("data"), split: .test)
        let options = SweepOptions(
            groups: [0, 1], sparsities: [try Sparsity(0.5), try Sparsity(0.7)], rules: ["reference"])
        let result = try Sweep(of: graph, on: data, options: options).run { _ in true }
        let images = Double(file.testImages)
        #expect(abs((result.denseAccuracy ?? 0) - Double(file.denseCorrect) / images) <= 0.001)
        #expect(result.rows.count == 4)
        for row in result.rows {
            let expected = try #require(
                file.rows.first { $0.group == row.group && $0.sparsity == row.sparsity })
            #expect(abs((row.accuracy["delete"] ?? 0) - Double(expected.deleteCorrect) / images) <= 0.001)
            #expect(
                abs((row.accuracy["reference"] ?? 0) - Double(expected.referenceCorrect) / images) <= 0.001)
        }
    }

    @Test("CPython's order of survivors")
    func setOrder() {
        // list(set(range(256)) - set(range(180))) of CPython 3.11, an ascending one and one that wraps around.
        let order = PythonSetOrder.survivors(Array(180..<256), of: 256)
        #expect(order.prefix(3) == [180, 181, 182])
        #expect(PythonSetOrder.survivors(Array(0..<102), of: 256) == Array(0..<102))
        let wrapped = PythonSetOrder.survivors([2, 6, 7] + Array(128..<201), of: 256)
        #expect(wrapped.prefix(5) == [128, 129, 2, 130, 131])
    }
}
