import ArgumentParser
import IntraFusion

/// Which built-in architecture a command works on.
struct ArchitectureOptions: ParsableArguments {
    @Option(
        name: [.customLong("model-name"), .customLong("model_name")],
        help: ArgumentHelp(
            "The architecture of weights (default: what the file says, or the only one that fits).",
            discussion: "`intrafusion architectures` lists them.", valueName: "name"))
    var modelName: String?

    /// What is meant where neither an architecture nor a file is named.
    static let defaultName = "vgg11_bn"
}
