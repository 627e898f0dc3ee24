import ArgumentParser
import Foundation
import IntraFusion

/// Changes the format of a network.
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert a network to another format.",
        discussion: """
            The weights of a built-in architecture become an ONNX model. An ONNX model becomes weights (safetensors) \
            if its parameters have the names of the architecture given by --model-name.
            """)

    @OptionGroup var model: ModelOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Where to write: an ONNX model if the name ends in .onnx, otherwise safetensors.",
            valueName: "file"
        ))
    var output: OutputFile

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var messages: MessageOptions

    /// What `convert` prints.
    private struct Report: Encodable {
        let model: String
        let input: String
        let output: String
        let parameters: Int
    }

    func run() throws {
        try output.requireWritable()
        let network = try model.load(messages)
        let isONNX = NetworkFile.isONNX(output.url)
        let graph = network.model == nil || isONNX ? network.graph : try network.asBuiltIn(model.modelName)
        let metadata = network.metadata.mapValues(\.description)
        try network.save(
            graph, to: output.url,
            metadata: network.model == nil
                ? metadata.merging(["architecture": network.architecture]) { $1 } : metadata)
        let report = Report(
            model: network.architecture, input: network.path, output: output.path,
            parameters: graph.parameterCount)
        try json
            ? StandardOutput.write(JSONText.encode(report))
            : messages.write(
                report: "Converted \(report.input) to \(report.output): \(report.parameters) parameters",
                wroteFile: true)
    }
}
