public import Graph
public import Torch

/// Two networks in a deployment runtime: their latency, and whether their outputs are right.
public struct RuntimeComparison: Sendable, Codable, Equatable {
    /// The result of one network in a runtime.
    public struct Check: Sendable, Codable, Equatable {
        /// The share of the norm by which outputs may differ: other kernels add in another order.
        public static let tolerance = 1e-3
        /// Smaller differences are those of rounding numbers around one, which is all that chances near zero hold.
        public static let rounding = 1e-6

        /// The runtime's name and version.
        public let runtime: String
        /// Why it does not run the network; nil if it does.
        public let refusal: String?
        /// The distance from the executor's outputs, of the output that differs most, on random input; nil if
        /// shapes differ.
        public let distance: OutputDistance?

        /// Whether the runtime's outputs are the executor's.
        public var isEqual: Bool { distance.map(Self.allows) ?? false }

        /// Whether a distance is that of other kernels.
        static func allows(_ distance: OutputDistance) -> Bool {
            distance.relative <= tolerance || distance.largest <= rounding
        }
    }

    /// The name of the runtime that measured the times.
    public let runtime: String
    /// Its version.
    public let version: String
    /// The number of threads per run.
    public let threads: Int
    /// The times; nil if the runtime does not run both networks.
    public let times: LatencyMeter.Times?
    /// Where the time goes if much of what is saved does not arrive as time; nil if it does, or if the runtime does not tell.
    public let shortfall: LatencyShortfall?
    /// The results of another runtime than the executor for both networks; nil if it is the executor.
    public let checks: Checks?

    /// The results of both networks in a runtime.
    public struct Checks: Sendable, Codable, Equatable {
        /// That of the reference network.
        public let base: Check
        /// That of the other network.
        public let other: Check
    }

    /// A network and the runtime that runs it.
    public typealias Subject = (graph: Graph, runtime: any InferenceRuntime)

    /// Measures two networks that take the same inputs.
    ///
    ///   - base: The reference network and its runtime.
    ///   - other: The other network, and a runtime of the same kind.
    ///   - other: The other, and a runtime of the same kind.
    ///   - fallback: The runtime that measures times if the first does not take both networks.
    ///   - options: The number of runs.
    ///   - device: Where the executor runs.
    ///   - report: Called after every pair of runs with the share done; an error it throws ends the work.
    public init(
        _ base: Subject, _ other: Subject, else fallback: (any InferenceRuntime)?,
        options: LatencyMeter.Options, device: Device = .cpu,
        report: (Double) throws -> Void = { _ in }
    ) throws {
        let inputs = try base.graph.randomInputs(samples: options.batchSize, seed: 0)
        var measured = base.runtime
        if base.runtime.isOwn {
            checks = nil
            times = try LatencyMeter.times(
                of: base.runtime.prepare(base.graph, inputs: inputs),
                other.runtime.prepare(other.graph, inputs: inputs), options: options, report: report)
        } else {
            let first = try Self.attempt(base, on: inputs, device)
            let second = try Self.attempt(other, on: inputs, device)
            checks = Checks(base: first.check, other: second.check)
            if let one = first.network, let two = second.network {
                times = try LatencyMeter.times(of: one, two, options: options, report: report)
            } else if let fallback {
                measured = fallback
                times = try LatencyMeter.times(
                    of: fallback.prepare(base.graph, inputs: inputs),
                    fallback.prepare(other.graph, inputs: inputs), options: options, report: report)
            } else {
                times = nil
            }
        }
        (runtime, version, threads) = (measured.name, measured.version, measured.threads)
        shortfall = times.flatMap {
            LatencyShortfall((base.graph, measured), (other.graph, measured), times: $0, inputs: inputs)
        }
    }

    /// Prepares a network and compares its outputs with the executor's.
    private static func attempt(
        _ subject: Subject, on inputs: [Tensor], _ device: Device
    ) throws -> (network: (any PreparedNetwork)?, check: Check) {
        let title = subject.runtime.title
        let network: any PreparedNetwork
        let found: [Tensor]
        do {
            network = try subject.runtime.prepare(subject.graph, inputs: inputs)
            found = try network.outputs()
        } catch {
            return (nil, Check(runtime: title, refusal: "\(error)", distance: nil))
        }
        let wanted = try Executor(subject.graph, device: device).run(inputs)
        return (network, Check(runtime: title, refusal: nil, distance: try farthest(found, wanted)))
    }

    /// Returns the distance of the output that is farthest from the expected one; nil if shapes differ.
    private static func farthest(_ found: [Tensor], _ wanted: [Tensor]) throws -> OutputDistance? {
        guard found.map(\.shape) == wanted.map(\.shape) else { return nil }
        let distances = try zip(found, wanted).map { try OutputDistance(of: [$0], to: [$1]) }
        let wrong = distances.filter { !Check.allows($0) }
        return (wrong.isEmpty ? distances : wrong)
            .max { !$0.relative.isNaN && ($1.relative.isNaN || $0.relative < $1.relative) }
    }
}
