import ArgumentParser
import Foundation
import IntraFusion

/// Runs an ONNX network on arrays.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run an ONNX network on NumPy arrays.",
        discussion: """
            The input is an .npz archive with an array for each of the network's inputs, by name, or an .npy array for \
            the only one; lengths that the network leaves open are the array's. Without it, random numbers of the \
            declared \
            shapes are drawn.
            """)

    @Argument(help: "The ONNX file.", completion: .file())
    var file: String

    @Option(help: "The inputs, .npz or .npy.", completion: .file())
    var input: String?

    @Option(name: .shortAndLong, help: "Where the outputs go, .npz.")
    var output: OutputFile?

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(help: "The seed of random inputs.")
    var seed: UInt64 = 1

    @OptionGroup var inputShapes: InputShapeOptions
    @OptionGroup var engine: EngineOptions
    @OptionGroup var messages: MessageOptions

    func run() throws {
        let device = try engine.prepare(messages)
        try output?.requireWritable()
        let arrays = try input.map { try NumPyFile.read(URL(fileURLWithPath: $0)) }
        let graph = try network(for: arrays)
        let inputs = try tensors(for: graph, arrays)
        let executor = try Executor(graph, device: device)
        let start = ContinuousClock().now
        let outputs = try executor.run(inputs).map { try $0.moved(to: .cpu) }
        let seconds = (ContinuousClock().now - start) / .seconds(1)
        let named = zip(graph.outputs, outputs).map { (name: graph[$0].name, tensor: $1) }
        if let output { try NumPyFile.write(StateDictionary(named), to: output.url) }
        let report = try RunReport(file: file, seconds: seconds, outputs: named)
        try json
            ? StandardOutput.write(JSONText.encode(report))
            : messages.write(report: report.text, wroteFile: output != nil)
    }

    /// Reads the network; its open lengths are the given ones, otherwise those of the arrays.
    private func network(for arrays: StateDictionary?) throws -> Graph {
        var shapes = try inputShapes.table()
        guard let arrays, shapes[""] == nil else {
            return try ONNXModel(contentsOf: file, inputShapes: shapes).graph
        }
        let open = try ONNXModel.openInputs(ofFile: file)
        for name in open.names where shapes[name] == nil {
            shapes[name] = arrays[arrayName(for: name, of: open.count, in: arrays)]?.shape
        }
        return try ONNXModel(contentsOf: file, inputShapes: shapes).graph
    }

    private func tensors(for graph: Graph, _ arrays: StateDictionary?) throws -> [Tensor] {
        guard let arrays else {
            return try graph.inputs.enumerated().map { index, id in
                try MemoryLimit.require([graph[id].type])
                return try Tensor(
                    random: graph[id].type.element.isFloatingPoint ? .normal : .uniform,
                    shape: graph[id].type.shape, seed: seed &+ UInt64(index)
                ).converted(to: graph[id].type.element)
            }
        }
        return try graph.inputs.map { id in
            let tensor = try array(for: id, of: graph, in: arrays)
            guard tensor.tensorType == graph[id].type else {
                throw ValidationError(
                    "\(input ?? ""): the input \(graph[id].name) must be \(graph[id].type), got \(tensor.tensorType)"
                )
            }
            return tensor
        }
    }

    private func array(for id: ValueID, of graph: Graph, in arrays: StateDictionary) throws -> Tensor {
        let name = graph[id].name
        guard let tensor = arrays[arrayName(for: name, of: graph.inputs.count, in: arrays)] else {
            throw ValidationError(
                "\(input ?? "") has no array for the input \(name); it has \(arrays.names.joined(separator: ", "))"
            )
        }
        return tensor
    }

    /// The only array of a file may be without a name.
    private func arrayName(for input: String, of count: Int, in arrays: StateDictionary) -> String {
        arrays.names == [NumPyFile.unnamed] && count == 1 ? NumPyFile.unnamed : input
    }
}
