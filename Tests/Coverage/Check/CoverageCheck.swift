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
        abstract: "Check what the library makes of ONNX files.", subcommands: [Check.self, Groups.self])
}

/// Doubles and merges one group after the other, to find the one whose links are wrong.
struct Groups: ParsableCommand {
    @Argument var file: String
    @Argument(help: "Safetensors with a tensor input:NAME for each input.") var inputs: String

    func run() throws {
        let graph = try ONNXModel(contentsOf: file).graph
        let tensors = try CoverageReport.inputs(of: graph, in: CheckpointFile.load(inputs).state)
        for (group, differences, obstacle) in try CoverageReport.differencesByGroup(of: graph, tensors) {
            let found = differences.map { "doubled \($0.doubled), merged \($0.merged)" } ?? obstacle
            print("\(group): \(found)")
        }
    }
}

/// Runs a network, finds its groups, merges duplicated channels, prunes it, and runs what it wrote.
struct Check: ParsableCommand {
    @Argument var file: String
    @Argument(help: "Safetensors with a tensor input:NAME for each input.") var inputs: String
    @Argument(help: "A folder for outputs.safetensors, pruned-S.onnx and pruned-S.safetensors.") var folder:
        String
    @Option(parsing: .upToNextOption, help: "The shares of channels to remove.") var sparsities: [String] = []
    @Option(help: "The merge rule.") var rule = "moment_matched"

    func run() throws {
        var report = CoverageReport(file: file)
        let model = report.stage("load") { try ONNXModel(contentsOf: file) }
        let tensors = model.flatMap { model in
            report.stage("inputs") {
                try CoverageReport.inputs(of: model.graph, in: CheckpointFile.load(inputs).state)
            }
        }
        if let model, let tensors {
            if let outputs = report.check(model.graph, tensors) {
                _ = report.stage("write") { try write(outputs, "outputs") }
            }
            for sparsity in sparsities { prune(model, tensors, sparsity, &report) }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        try FileHandle.standardOutput.write(contentsOf: encoder.encode(report) + Data("\n".utf8))
    }

    private func prune(
        _ model: ONNXModel, _ inputs: [Tensor], _ sparsity: String, _ report: inout CoverageReport
    ) {
        let path = "\(folder)/pruned-\(sparsity).onnx"
        let written: Bool? = report.stage("prune \(sparsity)") {
            guard let share = Double(sparsity) else { throw ValidationError("\(sparsity) is no number") }
            let pruned = try NetworkPruning.pruned(model.graph, sparsity: share, rule: rule)
            try model.write(pruned, to: URL(fileURLWithPath: path))
            return true
        }
        guard written == true else { return }
        _ = report.stage("run \(sparsity)") {
            let graph = try ONNXModel(contentsOf: path).graph
            let results = try Executor(graph).run(inputs)
            let named = zip(graph.outputs, results).map { (name: "output:\(graph[$0].name)", tensor: $1) }
            try write(StateDictionary(named), "pruned-\(sparsity)")
        }
    }

    private func write(_ tensors: StateDictionary, _ name: String) throws {
        try SafetensorsWriter.write(tensors, to: URL(fileURLWithPath: "\(folder)/\(name).safetensors"))
    }
}
