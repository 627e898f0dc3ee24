import ArgumentParser
import IntraFusion

/// Which trained network a command works on.
struct ModelOptions: ParsableArguments {
    @Option(
        name: [.customLong("model-name"), .customLong("model_name")],
        help: ArgumentHelp(
            "The architecture.", discussion: "One of \(ModelRegistry.names.joined(separator: ", ")).",
            valueName: "name"))
    var modelName = "vgg11_bn"

    @Option(
        help: ArgumentHelp(
            "The trained weights: a PyTorch checkpoint or a safetensors file (default: models/<name>.checkpoint).",
            valueName: "file"))
    var checkpoint: String?

    /// The file with the weights.
    var path: String { checkpoint ?? "models/\(modelName).checkpoint" }

    /// Loads the network.
    func load() throws -> TrainedModel {
        try TrainedModel(architecture: modelName, checkpoint: path)
    }
}
