import ArgumentParser
import IntraFusion

/// Which transport problems are solved.
struct ProblemOptions: ParsableArguments {
    @Option(help: "A checkpoint of a built-in architecture whose groups are added to the problems.")
    var checkpoint: String?

    @Option(help: "The checkpoint's architecture.")
    var modelName = "vgg11_bn"

    func problems() throws -> [Problem] {
        var problems = [
            try Problem(channels: 64, kept: 32, length: 603, seed: 1),
            try Problem(channels: 256, kept: 128, length: 3456, seed: 2),
            try Problem(channels: 512, kept: 358, length: 9216, seed: 3),
            try Problem(channels: 512, kept: 153, length: 9216, seed: 4),
            try Problem(channels: 1024, kept: 512, length: 4608, seed: 5),
        ]
        if let checkpoint {
            let model = try TrainedModel(architecture: modelName, checkpoint: checkpoint)
            let folded = try BatchNormFolding.exact.folded(model.graph)
            for group in try Coupling(folded).groups {
                problems.append(
                    try Problem(group, of: folded, model: modelName, sparsity: Sparsity(0.5)))
            }
        }
        return problems
    }
}
