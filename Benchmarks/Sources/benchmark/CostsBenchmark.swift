import ArgumentParser
import Foundation
import IntraFusion

/// Times ground costs against torch.cdist.
struct CostsBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "costs", abstract: "Distances between channels beside torch.cdist.")

    /// How far a distance may be from the exact one, relative to the largest.
    private static let tolerance = 1e-6
    private static let exponents = [1.0, 2, .infinity]

    @OptionGroup var peer: PeerOptions
    @OptionGroup var choice: ProblemOptions

    /// One problem under one norm.
    private struct Case {
        let problem: Problem
        let exponent: Double
        var ours: [(wall: Double, cpu: Double)] = []
        var theirs: [(wall: Double, cpu: Double)] = []
        var differences: [Double] = []

        /// The norm as the peer's files name it.
        var norm: String { exponent.isFinite ? "\(Int(exponent))" : "inf" }
    }

    func run() throws {
        let problems =
            choice.sizes.isEmpty && choice.checkpoint == nil
            ? [
                try Problem(channels: 512, kept: 256, length: 9216, seed: 1),
                try Problem(channels: 4096, kept: 2048, length: 576, seed: 2),
            ] : try choice.problems()
        var cases = problems.flatMap { problem in
            Self.exponents.map { Case(problem: problem, exponent: $0) }
        }
        try peer.withPeer { folder, other in
            for round in 0..<peer.rounds {
                for index in cases.indices {
                    let (problem, norm) = (cases[index].problem, cases[index].norm)
                    let method = try PNormCost(p: cases[index].exponent)
                    cases[index].ours.append(
                        try Stopwatch.medians(3) {
                            _ = try method.distances(features: problem.features, kept: problem.kept)
                        })
                    guard let other else { continue }
                    if round == 0 {
                        let cost = try method.distances(features: problem.features, kept: problem.kept)
                        try problem.write(cost, to: folder, as: "cost-\(norm)")
                    }
                    let checks = round == 0 ? "check" : ""
                    guard
                        let result = try other.run("costs", [problem.name], settings: [norm, checks])[
                            problem.name],
                        let wall = result["wall"], let cpu = result["cpu"]
                    else { continue }
                    cases[index].theirs.append((wall, cpu))
                    guard let ours = result["ours_difference"], let theirs = result["peer_difference"] else {
                        continue
                    }
                    guard ours <= Self.tolerance else {
                        throw ValidationError("\(problem.name) under the \(norm)-norm is off by \(ours)")
                    }
                    cases[index].differences = [ours, theirs]
                }
            }
        }
        print(
            "problem,length,norm,ours_ms,cdist_ms,ratio,ours_cpu_ms,cdist_cpu_ms,ratio,ours_error,cdist_error"
        )
        for one in cases {
            let columns =
                ["\(one.problem.name)", "\(one.problem.features.columns)", one.norm]
                + Stopwatch.columns(one.ours.map(\.wall), one.theirs.map(\.wall))
                + Stopwatch.columns(one.ours.map(\.cpu), one.theirs.map(\.cpu))
                + one.differences.map { String(format: "%.0e", $0) }
            print(columns.joined(separator: ","))
        }
    }
}
