import ArgumentParser
import Foundation
import IntraFusion

/// Times entropic transport against POT at several strengths of the entropy.
struct EntropicBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "entropic",
        abstract: "Entropic transport beside POT's sinkhorn_log and sinkhorn_epsilon_scaling.")

    @OptionGroup var peer: PeerOptions
    @OptionGroup var choice: ProblemOptions

    @Option(parsing: .upToNextOption, help: "The strengths of the entropy over the mean cost.")
    var epsilons = [0.05, 0.01, 0.001]

    @Option(help: "After how many iterations POT gives up.")
    var peerIterations = 10_000

    @Option(parsing: .upToNextOption, help: "Only the problems of these names.")
    var only: [String] = []

    /// By how much masses may be off when either stops: ours in all, POT's by the norm.
    private static let tolerance = 1e-9

    private struct Times {
        var ours: [Double] = []
        var logarithms: [Double] = []
        var scaling: [Double] = []
        var cost = 0.0
        var iterations = 0
        var last: Peer.Result = [:]
    }

    func run() throws {
        let problems = try choice.problems().filter { only.isEmpty || only.contains($0.name) }
        let cases = problems.flatMap { problem in epsilons.map { (problem: problem, epsilon: $0) } }
        var times = [Times](repeating: Times(), count: cases.count)
        try peer.withPeer { folder, other in
            for problem in problems { try problem.write(problem.cost(), to: folder) }
            for _ in 0..<peer.rounds {
                for (index, item) in cases.enumerated() {
                    let transport = try TransportProblem(uniform: item.problem.cost())
                    let solver = try SinkhornSolver(epsilon: item.epsilon, tolerance: Self.tolerance)
                    times[index].ours.append(
                        try Stopwatch.median(3) {
                            let solution = try solver.solution(of: transport)
                            times[index].cost = solution.plan.totalCost
                            times[index].iterations = solution.iterations
                        })
                    guard let other else { continue }
                    let settings = ["\(item.epsilon)", "\(peerIterations)"]
                    let result = try other.run("entropic", [item.problem.name], settings: settings)
                    guard let found = result[item.problem.name] else { continue }
                    times[index].last = found
                    times[index].logarithms += [found["log"]].compactMap { $0 }
                    times[index].scaling += [found["scaling"]].compactMap { $0 }
                }
            }
        }
        print(
            "problem,epsilon,ours_ms,pot_log_ms,ratio,pot_scaling_ms,ratio,our_iterations,pot_log_deviation,"
                + "pot_scaling_deviation,relative_cost_difference_log,relative_cost_difference_scaling")
        for (item, time) in zip(cases, times) {
            let deviations = ["log_deviation", "scaling_deviation"].map { name in
                time.last[name].map { String(format: "%.1e", $0) } ?? ""
            }
            print(
                ([item.problem.name, "\(item.epsilon)"] + Stopwatch.columns(time.ours, time.logarithms)
                    + Stopwatch.columns(time.ours, time.scaling).dropFirst() + ["\(time.iterations)"]
                    + deviations
                    + ["log_cost", "scaling_cost"].map { Stopwatch.difference(time.cost, time.last[$0]) })
                    .joined(separator: ","))
        }
    }
}
