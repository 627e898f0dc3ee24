import ArgumentParser
import IntraFusion

/// Which built-in architecture a command works on.
struct ArchitectureOptions: ParsableArguments {
    @Option(
        name: [.customLong("model-name"), .customLong("model_name")],
        help: ArgumentHelp(
            "The architecture of the weights (default: the one the file names, or the only one that fits).",
            discussion: "`intrafusion architectures` lists them.", valueName: "name"),
        completion: .list(ModelRegistry.names))
    var modelName: String?

    /// The default if neither an architecture nor a file is named.
    static let defaultName = "vgg11_bn"
}
