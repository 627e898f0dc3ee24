import ArgumentParser
import IntraFusion

/// Which trained network a command works on.
struct ModelOptions: ParsableArguments {
    @OptionGroup var architecture: ArchitectureOptions

    @Option(
        help: ArgumentHelp(
            "The trained weights: a PyTorch checkpoint or a safetensors file (default: models/<name>.checkpoint).",
            valueName: "file"))
    var checkpoint: String?

    /// The architecture's name.
    var modelName: String { architecture.modelName }

    /// The file with the weights.
    var path: String { checkpoint ?? "models/\(modelName).checkpoint" }

    /// Loads the network.
    func load() throws -> TrainedModel {
        try TrainedModel(architecture: modelName, checkpoint: path)
    }
}
