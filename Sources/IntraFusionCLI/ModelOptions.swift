import ArgumentParser
import Foundation
import IntraFusion

/// Which trained network a command works on.
struct ModelOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The network: an ONNX model, or weights as with --checkpoint.",
            valueName: "model"), completion: .file())
    var file: String?

    @OptionGroup var architecture: ArchitectureOptions

    @Option(
        help: ArgumentHelp(
            "The trained weights: a PyTorch checkpoint or a safetensors file (default: models/<name>.checkpoint).",
            valueName: "file"), completion: .file())
    var checkpoint: String?

    @OptionGroup var inputShapes: InputShapeOptions

    /// The architecture's name; nil if it is to be found from the weights.
    var modelName: String? { architecture.modelName }

    /// The file with the network.
    var path: String {
        file ?? checkpoint ?? "models/\(modelName ?? ArchitectureOptions.defaultName).checkpoint"
    }

    /// Loads the network.
    ///
    /// Errors in the arguments are reported here, since an unknown option must be named first.
    /// - Parameter inputs: Where inputs for it are; lengths that the model leaves open, and no argument says,
    ///   are those of the arrays in a NumPy file there.
    func load(fitting inputs: String? = nil, _ messages: MessageOptions) throws -> NetworkFile {
        if let file, let checkpoint {
            throw ValidationError("give one network, not both \(file) and --checkpoint \(checkpoint)")
        }
        messages.note("reading \(path)")
        let said = try inputShapes.table()
        let network = try NetworkFile(path, architecture: modelName, inputShapes: said)
        let shapes = try inputs.map { try Self.openShapes(of: network, in: URL(fileURLWithPath: $0)) } ?? [:]
        guard !shapes.isEmpty else { return network }
        return try NetworkFile(
            path, architecture: modelName, inputShapes: said.merging(shapes) { said, _ in said })
    }

    /// Returns the lengths of a file's arrays if a network was read with assumed ones.
    private static func openShapes(of network: NetworkFile, in file: URL) throws -> [String: [Int?]] {
        let open = Dictionary(
            grouping: (network.model?.assumptions ?? []).filter { $0.axis > 0 }, by: \.input)
        guard !open.isEmpty, ArrayInputs.isArrayFile(file),
            FileManager.default.fileExists(atPath: file.path)
        else { return [:] }
        let arrays = try ArrayInputs.shapes(in: file)
        let graph = network.graph
        var result: [String: [Int?]] = [:]
        for input in graph.inputs.map({ graph[$0] }) {
            let only = graph.inputs.count == 1 && arrays.count == 1 ? arrays.values.first : nil
            guard let axes = open[input.name]?.map(\.axis), let array = only ?? arrays[input.name]
            else { continue }
            let rank = input.type.shape.count
            // Where a whole run is a sample, the array counts these before the input's own axes.
            let lengths = array.count == rank + 1 ? Array(array.dropFirst()) : array
            guard lengths.count == rank, axes.contains(where: { lengths[$0] != input.type.shape[$0] })
            else { continue }
            result[input.name] = lengths.indices.map { axes.contains($0) ? lengths[$0] : nil }
        }
        return result
    }
}
