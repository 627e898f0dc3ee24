import Foundation
import IntraFusion

/// What `compare` prints.
struct CompareReport: Encodable {
    /// One of the networks.
    struct Network: Encodable {
        let file: String
        let parameters: Int
        let multiplyAccumulates: Int
        let bytes: Int
        /// The median time of a run.
        let latencySeconds: Double?
        let accuracy: Double?
    }

    let networks: [Network]
    let distance: OutputDistance
    /// The times in the runtime where the networks are used.
    let comparison: RuntimeComparison
    let dataset: String?
    let seed: UInt64
    let threads: Int
    let libtorch: String

    init(
        _ files: [NetworkFile], comparison: RuntimeComparison, accuracies: [Accuracy?],
        distance: OutputDistance, dataset: String?, seed: UInt64
    ) {
        let times = [comparison.times?.base, comparison.times?.other]
        networks = files.indices.map { index in
            Network(
                file: files[index].path, parameters: files[index].graph.parameterCount,
                multiplyAccumulates: files[index].graph.multiplyAccumulates, bytes: files[index].byteCount,
                latencySeconds: times[index]?.median, accuracy: accuracies[index]?.fraction)
        }
        self.distance = distance
        self.dataset = dataset
        self.comparison = comparison
        self.seed = seed
        threads = Runtime.threadCount
        libtorch = Runtime.version
    }

    /// The report for people.
    var text: String {
        let (first, second) = (networks[0], networks[1])
        var table = TextTable(header: ["", first.file, second.file, "ratio"])
        func add(_ name: String, _ value: (Network) -> Double, _ format: String) {
            let ratio = value(first) > 0 ? String(format: "%.3f", value(second) / value(first)) : ""
            table.add([
                name, String(format: format, value(first)), String(format: format, value(second)), ratio,
            ])
        }
        add("parameters", { Double($0.parameters) }, "%.0f")
        add("multiply-accumulates", { Double($0.multiplyAccumulates) }, "%.0f")
        add("bytes", { Double($0.bytes) }, "%.0f")
        add("milliseconds per run", { ($0.latencySeconds ?? 0) * 1000 }, "%.3f")
        if let dataset { add("accuracy on \(dataset) (%)", { ($0.accuracy ?? 0) * 100 }, "%.2f") }
        var lines: [String] = []
        if let times = comparison.times {
            lines.append(
                """
                times in \(comparison.title): \(RuntimeComparison.text(times.base)) and \
                \(RuntimeComparison.text(times.other)), medians and quartiles of \(times.runs) alternating runs
                """)
            if let shortfall = comparison.shortfall { lines.append(shortfall.text(times)) }
        }
        if let checks = comparison.checks {
            lines += [checks.base.text(first.file), checks.other.text(second.file)]
        }
        return """
            \(table.text(leading: [0]))

            \(lines.joined(separator: "\n"))
            outputs on random input: largest difference \(String(format: "%.3g", distance.largest)), \
            relative \(String(format: "%.3g", distance.relative))
            """
    }
}
