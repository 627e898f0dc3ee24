internal import Analysis
internal import Calibration
internal import Compression
public import Graph
public import Torch

extension Effort {
    /// The efforts that a time limit may select, smallest first.
    private static let timed: [Effort] = [.quick, .normal, .thorough]
    /// The number of inputs that are run to estimate the time of one.
    private static let timedSamples = 8
    /// The number of runs after the first. The fastest counts: other load on the machine makes a run slower, never
    /// faster.
    private static let timedRuns = 3
    /// The passes over all inputs for preparations and fits, and those to measure groups and fit a network for each
    /// competing allocation. Determined by experiment on a detector, a classifier and a text recogniser.
    private static let passes = (once: 6.0, each: 7.0)

    /// Returns the largest effort that is expected to stay within a time limit on this machine, or the smallest if none
    /// is.
    ///
    /// - Parameters:
    ///   - seconds: The time limit.
    ///   - graph: The network.
    ///   - samplesAtOnce: The number of samples that it takes at a time; nil is any.
    ///   - device: Where it runs.
    /// - Returns: The effort, and its expected time in seconds.
    /// - Throws: Any error from building inputs or running the network.
    public static func fitting(
        seconds: Double, for graph: Graph, samplesAtOnce: Int? = nil, device: Device = .cpu
    ) throws -> (effort: Effort, expected: Double) {
        var request = try CalibrationRequest(
            source: .synthetic, images: max(timedSamples, samplesAtOnce ?? 1))
        request.fixedBatchSize = samplesAtOnce
        let batches = try request.calibration(for: AnalysedNetwork(graph), images: nil).batches()
        let executor = try Executor(graph, device: device)
        var fastest = Double.infinity
        for _ in 0...timedRuns {
            let start = ContinuousClock.now
            for batch in batches { _ = try executor.run(batch) }
            fastest = min(fastest, (ContinuousClock.now - start) / .seconds(1))
        }
        let samples = batches.reduce(0) { $0 + ($1.first?.shape.first ?? 0) }
        let pass = fastest / Double(max(samples, 1))
        let expectations = timed.map { (effort: $0, expected: pass * $0.samplePasses(for: graph)) }
        return expectations.last { $0.expected <= seconds } ?? expectations[0]
    }

    /// The approximate number of samples run through a network; gradients count as two more.
    package func samplePasses(for graph: Graph) -> Double {
        let ways =
            allocation == MeasuredAllocation.name ? Double(growths(for: graph, onGivenInputs: true).count) : 0
        let passes = Self.passes.once + Self.passes.each * ways
        return Double(images(for: graph)) * passes
            + Double(refinementSteps(for: graph, on: .images)) * Self.stepSamples
    }
}
