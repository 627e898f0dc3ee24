public import Foundation

/// How long the operators of a model take in ONNX Runtime.
public struct ONNXRuntimeProfile: Sendable {
    /// The seconds of a run by the type of operator, as the runtime names it after its optimisations.
    public let seconds: [String: Double]

    /// A record that the runtime writes.
    private struct Event: Decodable {
        struct Arguments: Decodable {
            let operatorName: String?

            enum CodingKeys: String, CodingKey {
                case operatorName = "op_name"
            }
        }

        let category: String?
        let name: String?
        /// In microseconds.
        let duration: Double?
        let arguments: Arguments?

        enum CodingKeys: String, CodingKey {
            case category = "cat", name, duration = "dur", arguments = "args"
        }
    }

    /// Nodes are recorded under their name and this.
    private static let suffix = "_kernel_time"
    /// Operators that run others, which are recorded themselves.
    private static let containers: Set<String> = ["If", "Loop", "Scan"]

    /// Runs a model and records how long each node takes.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - runtime: The library.
    ///   - threads: How many threads one operator may use.
    ///   - inputs: A value for every input by its name.
    ///   - runs: The number of runs; a node's time is the median of its own.
    /// - Throws: `ONNXRuntimeError` where the runtime does not take the model, and errors of files.
    public init(
        of model: ONNXRuntimeSession.Model, runtime: ONNXRuntime, threads: Int,
        inputs: (String) throws -> ONNXRuntimeValue, runs: Int
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "intrafusion-profile-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let session = try ONNXRuntimeSession(
            model, runtime: runtime, threads: threads, profile: folder.appendingPathComponent("runs"))
        let values = try session.inputNames.map(inputs)
        for _ in 0..<runs { _ = try session.run(values) }
        try self.init(record: Data(contentsOf: session.endProfile()), runs: runs)
    }

    /// Reads a record of a number of runs.
    package init(record: Data, runs: Int) throws {
        var nodes: [String: (operatorName: String, times: [Double])] = [:]
        for event in try JSONDecoder().decode([Event].self, from: record) where event.category == "Node" {
            guard let name = event.name, name.hasSuffix(Self.suffix), let duration = event.duration,
                let operatorName = event.arguments?.operatorName, !Self.containers.contains(operatorName)
            else { continue }
            nodes[name, default: (operatorName, [])].times.append(duration)
        }
        var seconds: [String: Double] = [:]
        for (operatorName, times) in nodes.values {
            // Bodies of loops run more than once.
            let median = times.sorted()[times.count / 2]
            seconds[operatorName, default: 0] += median * Double(times.count) / Double(max(runs, 1)) * 1e-6
        }
        self.seconds = seconds
    }
}
