import ArgumentParser
import Foundation
import IntraFusion

/// How a command poses and solves the transport between channels and survivors.
struct TransportArguments: ParsableArguments {
    @Option(
        name: [.customLong("source-prob"), .customLong("source_prob")],
        help: ArgumentHelp(
            "How much mass each channel has in the transport.", discussion: TransportOptions.MarginalKind.list
        ))
    var sourceProbability = TransportOptions.MarginalKind.uniform

    @Option(
        name: [.customLong("target-prob"), .customLong("target_prob")],
        help: ArgumentHelp(
            "How much mass each kept channel has in the transport.",
            discussion: TransportOptions.MarginalKind.list))
    var targetProbability = TransportOptions.MarginalKind.uniform

    @Option(
        help: ArgumentHelp(
            "The distance between two channels.", discussion: Choices.list(GroundCostRegistry.costs),
            valueName: "name"))
    var cost = PNormCost.name

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The p of the p-norm, from 1 to inf.", valueName: "p"))
    var p = 1.0

    @Option(
        name: [.customLong("cost-features"), .customLong("cost_features")],
        help: ArgumentHelp(
            "Which weights of two channels are compared.", discussion: TransportOptions.CostFeatures.list))
    var costFeatures = TransportOptions.CostFeatures.all

    @Option(
        help: ArgumentHelp(
            "What the channels are merged into.", discussion: TransportOptions.Target.list))
    var target = TransportOptions.Target.mostImportant

    @Option(
        help: ArgumentHelp(
            "How cluster centroids are found.", discussion: Choices.list(ClusteringRegistry.methods),
            valueName: "name"))
    var clustering = GaussianMixture.name

    @Option(
        help: ArgumentHelp(
            "How the transport is solved.", discussion: Choices.list(TransportSolverRegistry.solvers),
            valueName: "name"))
    var solver = ExactSolver.name

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The smoothness of the sinkhorn plan: the strength of its entropy relative to the mean cost.",
            valueName: "share"))
    var epsilon = SinkhornSolver.defaultEpsilon

    @Option(
        name: [.customLong("max-iterations"), .customLong("max_iterations")], parsing: .unconditional,
        help: ArgumentHelp(
            "The number of iterations after which the solver fails (default: its own limit).",
            valueName: "count"))
    var maxIterations: Int?

    func validate() throws { _ = try PruningSettings.checked(say) }

    /// Says how the transport is posed and solved.
    func say(_ settings: inout PruningSettings) {
        settings.sourceProb = sourceProbability
        settings.targetProb = targetProbability
        settings.cost = cost
        settings.p = p
        settings.costFeatures = costFeatures
        settings.target = target
        settings.clustering = clustering
        settings.solver = solver
        settings.epsilon = epsilon
        settings.maxIterations = maxIterations
    }
}

extension TransportOptions.MarginalKind: SummarisedChoice {}
extension TransportOptions.Target: SummarisedChoice {}
extension TransportOptions.CostFeatures: SummarisedChoice {}
