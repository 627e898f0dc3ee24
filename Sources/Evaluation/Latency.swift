public import Graph
package import Torch

/// Measures how long networks take for one run, side by side with a reference network.
///
/// Runs of both alternate, so changes in the machine's speed affect both; the median of the times counts.
public struct LatencyMeter: Sendable {
    /// The times of one network's runs, in seconds.
    public struct Sample: Sendable, Hashable, Codable {
        /// The median.
        public let median: Double
        /// The lower quartile.
        public let lowerQuartile: Double
        /// The upper quartile.
        public let upperQuartile: Double

        fileprivate init(_ seconds: [Double]) {
            let sorted = seconds.sorted()
            func quantile(_ share: Double) -> Double {
                let place = share * Double(sorted.count - 1)
                let (below, above) = (Int(place), min(Int(place) + 1, sorted.count - 1))
                return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
            }
            (lowerQuartile, median, upperQuartile) = (quantile(0.25), quantile(0.5), quantile(0.75))
        }
    }

    /// The times of both networks.
    public struct Times: Sendable, Hashable, Codable {
        /// The times of the reference network.
        public let base: Sample
        /// The times of the other network.
        public let other: Sample
        /// The number of timed runs of each.
        public let runs: Int

        /// The time of the other network as a share of the base's.
        public var share: Double { base.median > 0 ? other.median / base.median : 1 }
    }

    private let base: any PreparedNetwork
    private let inputs: [Tensor]
    private let runtime: any InferenceRuntime
    private let options: Options

    /// The number of runs.
    public struct Options: Sendable, Hashable, Codable {
        /// The number of samples of one run.
        public var batchSize: Int
        /// Warm-up runs, which do not count.
        public var warmUps: Int
        /// The smallest number of runs that count.
        public var repetitions: Int
        /// The seconds, of both networks together, after which measuring may end.
        public var seconds: Double
        /// The seconds, of both networks together, after which measuring ends whatever the number of runs;
        /// nil is no limit.
        public var mostSeconds: Double?

        /// Makes options.
        public init(
            batchSize: Int = 1, warmUps: Int = 3, repetitions: Int = 15, seconds: Double = 0.4,
            mostSeconds: Double? = nil
        ) {
            self.batchSize = batchSize
            self.warmUps = warmUps
            self.repetitions = repetitions
            self.seconds = seconds
            self.mostSeconds = mostSeconds
        }

        /// The options for a report: about twenty runs of each network, and no more than a few seconds.
        public static let report = Options(repetitions: 20, seconds: 0, mostSeconds: 2)
    }

    /// The most runs of a measurement.
    private static let mostRuns = 2_000

    /// Prepares measurements.
    ///
    /// - Parameters:
    ///   - graph: The reference network.
    ///   - options: The number of runs.
    ///   - runtime: What runs the networks.
    /// - Throws: `EvaluationError` for numbers below one, or the runtime's error if it does not accept the
    ///   network.
    public init(
        _ graph: Graph, options: Options = Options(), runtime: any InferenceRuntime = LibtorchRuntime()
    ) throws {
        guard options.batchSize >= 1, options.repetitions >= 1, options.warmUps >= 0, options.seconds >= 0
        else {
            throw EvaluationError(
                "batch size and repetitions must be at least 1, got \(options.batchSize) and \(options.repetitions)"
            )
        }
        inputs = try graph.randomInputs(samples: options.batchSize, seed: 0)
        base = try runtime.prepare(graph, inputs: inputs)
        self.runtime = runtime
        self.options = options
    }

    /// Measures a network that takes the same inputs.
    public func times(of graph: Graph) throws -> Times {
        try Self.times(of: base, runtime.prepare(graph, inputs: inputs), options: options)
    }

    /// Measures two networks side by side.
    ///
    /// - Parameter report: Called after every pair of runs with the share done.
    package static func times(
        of base: any PreparedNetwork, _ other: any PreparedNetwork, options: Options,
        report: (Double) throws -> Void = { _ in }
    ) throws -> Times {
        let limit = options.mostSeconds ?? .infinity
        var warming = 0.0
        for _ in 0..<options.warmUps where warming < limit / 4 {
            warming += try seconds(base) + seconds(other)
        }
        var times: (base: [Double], other: [Double]) = ([], [])
        var total = 0.0
        while times.base.isEmpty
            || (total < limit
                && (times.base.count < options.repetitions
                    || (total < options.seconds && times.base.count < mostRuns)))
        {
            times.base.append(try seconds(base))
            times.other.append(try seconds(other))
            total += (times.base.last ?? 0) + (times.other.last ?? 0)
            // It ends at the limit, or once both the runs and the seconds are used up.
            let runs = Double(times.base.count) / Double(options.repetitions)
            let seconds = options.seconds > 0 ? total / options.seconds : 1
            try report(min(max(total / limit, min(runs, seconds)), 1))
        }
        return Times(base: Sample(times.base), other: Sample(times.other), runs: times.base.count)
    }

    private static func seconds(_ network: any PreparedNetwork) throws -> Double {
        let start = ContinuousClock.now
        try network.run()
        return (ContinuousClock.now - start) / .seconds(1)
    }
}

extension Graph {
    /// Returns random inputs of the traced size: normal numbers, and zeros for integers.
    ///
    /// - Parameters:
    ///   - samples: The length of the first axis where it is 1 at the traced size.
    ///   - seed: The seed.
    package func randomInputs(samples: Int = 1, seed: UInt64) throws -> [Tensor] {
        try inputs.enumerated().map { index, id in
            var shape = self[id].type.shape
            if shape.first == 1 { shape[0] = samples }
            let element = self[id].type.element
            try MemoryLimit.require([TensorType(element, shape)])
            guard element.isFloatingPoint else {
                return try Tensor(repeating: 0, shape: shape, type: element)
            }
            return try Tensor(random: .normal, shape: shape, seed: seed &+ UInt64(index))
                .converted(to: element)
        }
    }

    /// Returns whether the network can run on two samples at a time: its file may leave that open even if its
    /// shapes do not.
    ///
    /// Values with another first axis than that of one sample are not checked.
    package func takesSeveralSamples() throws -> Bool {
        guard inputs.allSatisfy({ self[$0].type.shape.first == 1 }) else { return true }
        let executor = try Executor(self)
        do {
            _ = try executor.run(randomInputs(samples: 2, seed: 0))
            return true
        } catch {
            // A network that does not even take one sample says nothing about two.
            return (try? executor.run(randomInputs(seed: 0))) == nil
        }
    }
}
