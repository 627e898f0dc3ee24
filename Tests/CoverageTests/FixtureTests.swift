import Checkpoints
import CoverageSupport
import Foundation
import Graph
import NetworkSupport
import ONNX
import Testing
import Torch

/// A small network of one kind of wiring, with an input and what ONNX Runtime computed.
struct NetworkFixture: Sendable, CustomTestStringConvertible {
    let name: String

    var testDescription: String { name }

    /// All fixtures, by name.
    static let all: [NetworkFixture] = {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (files ?? []).filter { $0.hasSuffix(".onnx") }.sorted()
            .map { NetworkFixture(name: String($0.dropLast(5))) }
    }()

    private static var folder: URL { Bundle.module.bundleURL.appendingPathComponent("Fixtures") }

    var path: String { Self.folder.appendingPathComponent(name + ".onnx").path }

    /// The input and the outputs.
    func tensors() throws -> StateDictionary {
        try CheckpointFile.load(Self.folder.appendingPathComponent(name + ".safetensors")).state
    }
}

@Suite("Small networks of every kind of wiring")
struct FixtureTests {
    /// ONNX Runtime and libtorch sum in other orders, in single precision.
    private static let tolerance = 1e-4

    @Test("there are fixtures")
    func presence() {
        #expect(NetworkFixture.all.count > 40)
    }

    @Test(
        "outputs are ONNX Runtime's, and doubling channels and merging the pairs keeps them",
        arguments: NetworkFixture.all)
    func fixture(_ fixture: NetworkFixture) throws {
        let graph = try ONNXModel(contentsOf: fixture.path).graph
        let tensors = try fixture.tensors()
        var report = CoverageReport(file: fixture.name)
        let results = try report.check(graph, CoverageReport.inputs(of: graph, in: tensors))
        let outputs = try #require(results, "\(report.errors)")
        for (name, output) in outputs {
            let expected = try tensors.tensor(named: name)
            #expect(try relativeDifference(output, expected) <= Self.tolerance, "\(name)")
        }
        #expect(report.errors.isEmpty, "\(report.errors)")
        #expect(try #require(report.foldingDifference) <= Self.tolerance)
        #expect(report.groups > 0)
        // Every kind of wiring can be doubled; the pairs made equal in place are for the rest.
        #expect(report.isDoubled, "\(report.obstacle ?? "")")
        #expect(try #require(report.mergingDifference) <= Self.tolerance)
        // Without compensation the loss shows: the comparison above can fail.
        #expect(try #require(report.deletionDifference) > 10 * Self.tolerance)
    }

    @Test(
        "a pruned network is written and runs the same when it is read again", arguments: NetworkFixture.all)
    func pruning(_ fixture: NetworkFixture) throws {
        let model = try ONNXModel(contentsOf: fixture.path)
        let inputs = try CoverageReport.inputs(of: model.graph, in: fixture.tensors())
        let pruned = try NetworkPruning.pruned(model.graph, sparsity: 0.5, rule: "norm_preserving")
        #expect(pruned.parameterCount < model.graph.parameterCount)
        let again = try ONNXModel(model.data(of: pruned)).graph
        let (outputs, expected) = (try Executor(again).run(inputs), try Executor(pruned).run(inputs))
        #expect(outputs.count == expected.count)
        for (output, value) in zip(outputs, expected) {
            #expect(try relativeDifference(output, value) <= Self.tolerance)
        }
    }
}
