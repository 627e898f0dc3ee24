public import Graph
public import Torch

/// Measures how long networks take for one run, side by side with one that they are compared with.
///
/// Runs of both alternate, so that a machine that gets faster or slower does so for both; the median of their times counts.
public struct LatencyMeter: Sendable {
    /// The median times of both networks in seconds.
    public struct Times: Sendable, Hashable, Codable {
        /// That of the network that others are compared with.
        public let base: Double
        /// That of the other.
        public let other: Double

        /// The share of the base's time that the other takes.
        public var share: Double { base > 0 ? other / base : 1 }
    }

    private let base: Executor
    private let inputs: [Tensor]
    private let device: Device
    private let options: Options

    /// How often is measured.
    public struct Options: Sendable, Hashable, Codable {
        /// The number of samples of one run.
        public var batchSize: Int
        /// Runs that are not counted.
        public var warmUps: Int
        /// The least number of runs that count.
        public var repetitions: Int
        /// Runs go on until both networks together have taken so many seconds.
        public var seconds: Double

        /// Makes options.
        public init(
            batchSize: Int = 1, warmUps: Int = 3, repetitions: Int = 15, seconds: Double = 0.4
        ) {
            self.batchSize = batchSize
            self.warmUps = warmUps
            self.repetitions = repetitions
            self.seconds = seconds
        }
    }

    /// No measurement takes more runs than this.
    private static let mostRuns = 2_000

    /// Prepares measurements.
    ///
    /// - Throws: `EvaluationError` for numbers below one.
    public init(_ graph: Graph, options: Options = Options(), device: Device = .cpu) throws {
        guard options.batchSize >= 1, options.repetitions >= 1, options.warmUps >= 0, options.seconds >= 0
        else {
            throw EvaluationError(
                "the batch size and the repetitions of a latency must be at least 1, got \(options.batchSize) and \(options.repetitions)"
            )
        }
        base = try Executor(graph, device: device)
        inputs = try graph.randomInputs(samples: options.batchSize, seed: 0).map { try $0.moved(to: device) }
        self.device = device
        self.options = options
    }

    /// Measures a network that takes the same inputs.
    public func times(of graph: Graph) throws -> Times {
        let other = try Executor(graph, device: device)
        for _ in 0..<options.warmUps {
            _ = try seconds(base)
            _ = try seconds(other)
        }
        var times: (base: [Double], other: [Double]) = ([], [])
        var total = 0.0
        while times.base.count < options.repetitions
            || (total < options.seconds && times.base.count < Self.mostRuns)
        {
            times.base.append(try seconds(base))
            times.other.append(try seconds(other))
            total += (times.base.last ?? 0) + (times.other.last ?? 0)
        }
        return Times(base: Self.median(times.base), other: Self.median(times.other))
    }

    private func seconds(_ executor: Executor) throws -> Double {
        let start = ContinuousClock.now
        // A device may still compute when the call returns; reading a result waits for it.
        for output in try executor.run(inputs) { _ = try output.moved(to: .cpu) }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
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
            guard element.isFloatingPoint else {
                return try Tensor(repeating: 0, shape: shape, type: element)
            }
            return try Tensor(random: .normal, shape: shape, seed: seed &+ UInt64(index))
                .converted(to: element)
        }
    }
}
