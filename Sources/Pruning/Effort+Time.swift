internal import Analysis
internal import Calibration
internal import Compression
public import Graph
public import Torch

extension Effort {
    /// The efforts that a limit of time may choose, the least first.
    private static let timed: [Effort] = [.quick, .normal, .thorough]
    /// How many inputs are run to find out how long one takes.
    private static let timedSamples = 8
    /// How often, the fastest counts: what else the machine does makes a run slower and never faster.
    private static let timedRuns = 3
    /// Passes over all inputs that preparations and fits take, and those to measure groups and to fit a network for each way of
    /// dividing what is removed. Found by trial on a detector, a classifier and a reader of text.
    private static let passes = (once: 6.0, each: 7.0)

    /// Returns the greatest effort that is expected to take no more than some time on this machine, the least if none is.
    ///
    /// - Parameters:
    ///   - seconds: The time.
    ///   - graph: The network.
    ///   - samplesAtOnce: How many samples it takes at a time; nil is any number.
    ///   - device: Where it runs.
    /// - Returns: The effort, and the seconds that it is expected to take.
    /// - Throws: What building inputs and running the network throw.
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

    /// How many samples are run through a network, about, gradients counted as two more.
    package func samplePasses(for graph: Graph) -> Double {
        let ways = allocation == MeasuredAllocation.name ? Double(growths(for: graph).count) : 0
        let passes = Self.passes.once + Self.passes.each * ways
        return Double(images(for: graph)) * passes
            + Double(refinementSteps(for: graph)) * Self.stepSamples
    }
}
