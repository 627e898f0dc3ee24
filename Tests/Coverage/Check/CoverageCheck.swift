import ArgumentParser
import Checkpoints
import CoverageSupport
import Foundation
import Graph
import ONNX
import Torch

/// Checks ONNX files with everything that needs no other program; each command prints one JSON object.
@main
struct CoverageCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check what the library makes of ONNX files.", subcommands: [Check.self, Prune.self, Run.self])

    static func tensors(_ path: String) throws -> StateDictionary { try CheckpointFile.load(path).state }

    static func write(_ tensors: StateDictionary, to path: String) throws {
        try SafetensorsWriter.write(tensors, to: URL(fileURLWithPath: path))
    }

    static func show(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        try FileHandle.standardOutput.write(contentsOf: encoder.encode(value) + Data("\n".utf8))
    }
}

/// Runs a network, finds its groups, and merges duplicated channels.
struct Check: ParsableCommand {
    @Argument var file: String
    @Argument(help: "Safetensors with a tensor input:NAME for each input.") var inputs: String
    @Argument(help: "Where the outputs go, as safetensors.") var outputs: String

    func run() throws {
        var report = CoverageReport(file: file)
        if let graph = report.stage("load", { try ONNXModel(contentsOf: file).graph }) {
            let tensors = report.stage("inputs") {
                try CoverageReport.inputs(of: graph, in: CoverageCheck.tensors(inputs))
            }
            if let results = tensors.flatMap({ report.check(graph, $0) }) {
                _ = report.stage("write") { try CoverageCheck.write(results, to: outputs) }
            }
        }
        try CoverageCheck.show(report)
    }
}

/// Prunes a network and writes it.
struct Prune: ParsableCommand {
    @Argument var file: String
    @Argument var output: String
    @Option var sparsity = 0.5
    @Option var rule = "moment_matched"

    func run() throws {
        let model = try ONNXModel(contentsOf: file)
        let pruned = try NetworkPruning.pruned(model.graph, sparsity: sparsity, rule: rule)
        try model.write(pruned, to: URL(fileURLWithPath: output))
        try CoverageCheck.show(["parameters": model.graph.parameterCount, "left": pruned.parameterCount])
    }
}

/// Runs a network.
struct Run: ParsableCommand {
    @Argument var file: String
    @Argument var inputs: String
    @Argument var outputs: String

    func run() throws {
        let graph = try ONNXModel(contentsOf: file).graph
        let results = try Executor(graph).run(
            CoverageReport.inputs(of: graph, in: CoverageCheck.tensors(inputs)))
        try CoverageCheck.write(
            StateDictionary(zip(graph.outputs, results).map { ("output:\(graph[$0].name)", $1) }), to: outputs)
        try CoverageCheck.show(["outputs": results.map(\.shape)])
    }
}
