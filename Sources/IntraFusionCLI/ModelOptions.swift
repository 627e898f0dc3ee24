import ArgumentParser
import IntraFusion

/// Which trained network a command works on.
struct ModelOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The network: an ONNX model, or the weights of an architecture as with --checkpoint.",
            valueName: "model"))
    var file: String?

    @OptionGroup var architecture: ArchitectureOptions

    @Option(
        help: ArgumentHelp(
            "The trained weights: a PyTorch checkpoint or a safetensors file (default: models/<name>.checkpoint).",
            valueName: "file"))
    var checkpoint: String?

    @OptionGroup var inputShapes: InputShapeOptions

    /// The architecture's name; nil where it is to be found from the weights.
    var modelName: String? { architecture.modelName }

    /// The file with the network.
    var path: String {
        file ?? checkpoint ?? "models/\(modelName ?? ArchitectureOptions.defaultName).checkpoint"
    }

    /// Loads the network.
    ///
    /// What is wrong with the arguments is said here: an option that does not exist must be named before.
    func load() throws -> NetworkFile {
        if let file, let checkpoint {
            throw ValidationError("name one network, not both \(file) and --checkpoint \(checkpoint)")
        }
        return try NetworkFile(path, architecture: modelName, inputShapes: inputShapes.table())
    }
}
