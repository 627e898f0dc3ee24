import ArgumentParser
import Foundation
import IntraFusion

/// Times distances and exact transport against torch.cdist and POT.
struct TransportBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transport", abstract: "Distances and exact transport beside torch.cdist and ot.emd.")

    @OptionGroup var peer: PeerOptions
    @OptionGroup var choice: ProblemOptions

    private struct Times {
        var solver: [Double] = []
        var distances: [Double] = []
        var peerSolver: [Double] = []
        var peerDistances: [Double] = []
        var cost = 0.0
        var peerCost: Double?
    }

    func run() throws {
        let problems = try choice.problems()
        var times = [Times](repeating: Times(), count: problems.count)
        try peer.withPeer { folder, other in
            for round in 0..<peer.rounds {
                for (index, problem) in problems.enumerated() {
                    var cost = try problem.cost()
                    times[index].distances.append(try Stopwatch.median(3) { cost = try problem.cost() })
                    let transport = try TransportProblem(uniform: cost)
                    times[index].solver.append(
                        try Stopwatch.median(7) {
                            times[index].cost = try NetworkSimplexSolver().solve(transport).totalCost
                        })
                    if round == 0 { try problem.write(cost, to: folder) }
                }
                for (name, result) in try other?.run("transport", problems.map(\.name)) ?? [:] {
                    guard let index = problems.firstIndex(where: { $0.name == name }) else { continue }
                    times[index].peerSolver += [result["solver"]].compactMap { $0 }
                    times[index].peerDistances += [result["distances"]].compactMap { $0 }
                    times[index].peerCost = result["cost"]
                }
            }
        }
        print(
            "problem,ours_solver_ms,pot_ms,ratio,ours_distances_ms,torch_cdist_ms,ratio,relative_cost_difference"
        )
        for (problem, time) in zip(problems, times) {
            print(
                ([problem.name] + Stopwatch.columns(time.solver, time.peerSolver)
                    + Stopwatch.columns(time.distances, time.peerDistances)
                    + [Stopwatch.difference(time.cost, time.peerCost)]).joined(separator: ","))
        }
    }
}
