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
        let latencySeconds: Double
        let accuracy: Double?
    }

    let networks: [Network]
    let distance: OutputDistance
    let dataset: String?
    let runs: Int
    let seed: UInt64
    let threads: Int
    let libtorch: String

    init(
        _ files: [NetworkFile], latencies: [Double], accuracies: [Accuracy?], distance: OutputDistance,
        dataset: String?, runs: Int, seed: UInt64
    ) {
        networks = files.indices.map { index in
            Network(
                file: files[index].path, parameters: files[index].graph.parameterCount,
                multiplyAccumulates: files[index].graph.multiplyAccumulates, bytes: files[index].byteCount,
                latencySeconds: latencies[index], accuracy: accuracies[index]?.fraction)
        }
        self.distance = distance
        self.dataset = dataset
        self.runs = runs
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
        add("milliseconds per run", { $0.latencySeconds * 1000 }, "%.3f")
        if let dataset { add("accuracy on \(dataset) (%)", { ($0.accuracy ?? 0) * 100 }, "%.2f") }
        return """
            \(table.text(leading: [0]))

            outputs on random input: largest difference \(String(format: "%.3g", distance.largest)), \
            relative \(String(format: "%.3g", distance.relative))
            """
    }
}
