import ArgumentParser

/// Times our algorithms beside others' on the same inputs.
@main
struct BenchmarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark", abstract: "Time our algorithms beside others' on the same inputs.",
        subcommands: [
            CostsBenchmark.self, TransportBenchmark.self, EntropicBenchmark.self, ChipBenchmark.self,
        ],
        defaultSubcommand: TransportBenchmark.self)
}
