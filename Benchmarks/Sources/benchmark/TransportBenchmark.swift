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
        var solverCPU: [Double] = []
        var peerSolverCPU: [Double] = []
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
                    times[index].distances.append(try Stopwatch.median(3) { _ = try problem.cost() })
                    let cost = try problem.cost()
                    let transport = try TransportProblem(uniform: cost, kept: problem.kept)
                    let measured = try Stopwatch.medians(cost.values.count < 1_000_000 ? 7 : 1) {
                        times[index].cost = try ExactSolver().solve(transport).totalCost
                    }
                    times[index].solver.append(measured.wall)
                    times[index].solverCPU.append(measured.cpu)
                    if round == 0, other != nil { try problem.write(cost, to: folder) }
                }
                for (name, result) in try other?.run("transport", problems.map(\.name)) ?? [:] {
                    guard let index = problems.firstIndex(where: { $0.name == name }) else { continue }
                    times[index].peerSolver += [result["solver"]].compactMap { $0 }
                    times[index].peerSolverCPU += [result["solver_cpu"]].compactMap { $0 }
                    times[index].peerDistances += [result["distances"]].compactMap { $0 }
                    times[index].peerCost = result["cost"]
                }
            }
        }
        print(
            "problem,ours_solver_ms,pot_ms,ratio,ratio_spread,ours_cpu_ms,pot_cpu_ms,ratio,ours_distances_ms,torch_cdist_ms,ratio,relative_cost_difference"
        )
        for (problem, time) in zip(problems, times) {
            print(
                ([problem.name] + Stopwatch.columns(time.solver, time.peerSolver)
                    + [Stopwatch.spread(time.solver, time.peerSolver)]
                    + Stopwatch.columns(time.solverCPU, time.peerSolverCPU)
                    + Stopwatch.columns(time.distances, time.peerDistances)
                    + [Stopwatch.difference(time.cost, time.peerCost)]).joined(separator: ","))
        }
    }
}
