import ArgumentParser
import IntraFusion

/// Which transport problems are solved.
struct ProblemOptions: ParsableArguments {
    @Option(help: "A checkpoint of a built-in architecture whose groups are added to the problems.")
    var checkpoint: String?

    @Option(help: "The checkpoint's architecture.")
    var modelName = "vgg11_bn"

    @Option(
        parsing: .upToNextOption,
        help:
            "Sizes of random problems in place of the usual ones, such as 4096x2048: channels and kept ones.")
    var sizes: [Problem.Size] = []

    @Option(help: "The length of the features of problems by --sizes.")
    var length = 576

    func problems() throws -> [Problem] {
        guard sizes.isEmpty else {
            return try sizes.enumerated().map { index, size in
                try Problem(
                    channels: size.channels, kept: size.kept, length: length, seed: UInt64(index + 1))
            }
        }
        var problems = [
            try Problem(channels: 64, kept: 32, length: 603, seed: 1),
            try Problem(channels: 256, kept: 128, length: 3456, seed: 2),
            try Problem(channels: 512, kept: 358, length: 9216, seed: 3),
            try Problem(channels: 512, kept: 153, length: 9216, seed: 4),
            try Problem(channels: 1024, kept: 512, length: 4608, seed: 5),
        ]
        if let checkpoint {
            let model = try TrainedModel(architecture: modelName, checkpoint: checkpoint)
            let network = try AnalysedNetwork(model.graph, folding: .exact)
            for group in network.coupling.groups {
                problems.append(
                    try Problem(group, of: network, model: modelName, sparsity: Sparsity(0.5)))
            }
        }
        return problems
    }
}
