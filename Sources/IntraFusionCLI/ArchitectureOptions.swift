import ArgumentParser
import IntraFusion

/// Which built-in architecture a command works on.
struct ArchitectureOptions: ParsableArguments {
    @Option(
        name: [.customLong("model-name"), .customLong("model_name")],
        help: ArgumentHelp(
            "The architecture.", discussion: "One of \(ModelRegistry.names.joined(separator: ", ")).",
            valueName: "name"))
    var modelName = "vgg11_bn"
}
