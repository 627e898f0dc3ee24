import ArgumentParser
import IntraFusion

/// How a command poses the transport between channels and survivors.
struct TransportArguments: ParsableArguments {
    @Option(
        name: [.customLong("source-prob"), .customLong("source_prob")],
        help: "The mass of the channels in the transport.")
    var sourceProbability = TransportOptions.MarginalKind.uniform

    @Option(
        name: [.customLong("target-prob"), .customLong("target_prob")],
        help: "The mass of the survivors in the transport.")
    var targetProbability = TransportOptions.MarginalKind.uniform

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The p of the norm that measures how far channels are apart.", valueName: "p"))
    var p = 1.0

    @Option(help: "What the channels are transported to.")
    var target = TransportOptions.Target.mostImportant

    /// The options.
    func options() throws -> TransportOptions {
        TransportOptions(p: p, source: sourceProbability, target: targetProbability, targets: target)
    }
}
