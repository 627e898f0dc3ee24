import ArgumentParser
import Foundation
import IntraFusion

/// Times distances and transport against POT and torch.cdist on the same problems, in alternating rounds.
@main
struct BenchmarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "benchmark")

    @Option(help: "A Python with POT and torch; without it only our own times are printed.")
    var python: String?

    @Option(help: "A checkpoint of a built-in architecture whose groups are added to the problems.")
    var checkpoint: String?

    @Option(help: "The checkpoint's architecture.")
    var modelName = "vgg11_bn"

    @Option(help: "How many rounds alternate between us and the peer.")
    var rounds = 3

    /// By how much masses may be off when either entropic solver stops: ours in all, POT's by the norm.
    private static let tolerance = 1e-9

    private struct Times {
        var solver: [Double] = []
        var entropic: [Double] = []
        var distances: [Double] = []
        var peerSolver: [Double] = []
        var peerEntropic: [Double] = []
        var peerDistances: [Double] = []
        var cost = 0.0
        var peerCost: Double?
    }

    func run() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("benchmark-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let problems = try problems()
        var times = [Times](repeating: Times(), count: problems.count)
        let peer = python.map { Peer(python: $0, folder: folder, threads: Runtime.threadCount) }
        for round in 0..<rounds {
            for (index, problem) in problems.enumerated() {
                var cost = try problem.cost()
                times[index].distances.append(
                    try median(3) { cost = try problem.cost() })
                let transport = try TransportProblem(uniform: cost)
                times[index].solver.append(
                    try median(7) {
                        times[index].cost = try NetworkSimplexSolver().solve(transport).totalCost
                    })
                times[index].entropic.append(
                    try median(3) { _ = try SinkhornSolver(tolerance: Self.tolerance).solve(transport) })
                if round == 0 { try problem.write(cost, to: folder) }
            }
            for (name, result) in try peer?.run(problems.map(\.name)) ?? [:] {
                guard let index = problems.firstIndex(where: { $0.name == name }) else { continue }
                times[index].peerSolver.append(result.solver)
                times[index].peerEntropic.append(result.entropic)
                times[index].peerDistances.append(result.distances)
                times[index].peerCost = result.cost
            }
        }
        print(
            "problem,ours_solver_ms,pot_ms,ratio,ours_sinkhorn_ms,pot_sinkhorn_log_ms,ratio,"
                + "ours_distances_ms,torch_cdist_ms,ratio,relative_cost_difference"
        )
        for (problem, time) in zip(problems, times) {
            let difference = time.peerCost.map { abs($0 - time.cost) / max(abs($0), 1e-300) }
            print(
                ([problem.name] + columns(time.solver, time.peerSolver)
                    + columns(time.entropic, time.peerEntropic)
                    + columns(time.distances, time.peerDistances)
                    + [difference.map { String(format: "%.1e", $0) } ?? ""]).joined(separator: ","))
        }
    }

    private func problems() throws -> [Problem] {
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

    private func median(_ repetitions: Int, _ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        let times = try (0..<repetitions).map { _ in try clock.measure(body) / .seconds(1) }.sorted()
        return times[times.count / 2]
    }

    /// Our milliseconds, the peer's, and how many times longer the peer took; medians over the rounds.
    private func columns(_ ours: [Double], _ theirs: [Double]) -> [String] {
        let mine = ours.sorted()[ours.count / 2]
        guard !theirs.isEmpty else { return [String(format: "%.2f", mine * 1e3), "", ""] }
        let peer = theirs.sorted()[theirs.count / 2]
        return [mine * 1e3, peer * 1e3, peer / mine].map { String(format: "%.2f", $0) }
    }
}
