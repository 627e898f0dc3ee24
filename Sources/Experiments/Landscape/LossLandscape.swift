internal import Analysis
internal import Compression
internal import Coupling
public import Datasets
internal import Evaluation
public import Graph
internal import Importance
internal import Pruning
public import Torch

/// Measures the loss on the plane through a network and two compressed forms of it, or on the line between two networks.
///
/// The compressed forms keep the network's shape: pruned channels are zeros in their places. All parameters
/// of the group vary, and everything before them runs once. Source: Theus et al., "Towards meta-pruning via
/// optimal transport", ICLR 2024, figure 1.
public struct LossLandscape: Sendable {
    private let plane: WeightPlane
    private let meter: LossMeter
    /// The places to measure, all unmeasured.
    public let blank: LandscapeResult

    /// The widest grid.
    public static let greatestGrid = 1000

    /// Scores and merges the group, and spans the plane.
    ///
    /// - Parameters:
    ///   - graph: The network, batch-norms not folded.
    ///   - data: The images whose loss is measured.
    ///   - trainingImages: The images for criteria that need some; nil if none does.
    ///   - options: The landscape's options.
    ///   - samples: Only the first samples count; nil is all.
    ///   - batchSize: How many samples run at a time.
    ///   - samplesAtOnce: How many images the network takes at a time; nil is any number.
    ///   - device: Where networks run.
    /// - Throws: `LandscapeError` if the networks span no plane, and errors naming a group, rule or criterion
    ///   that does not exist.
    public init(
        of graph: Graph, on data: ImageDataset, trainingImages: ImageDataset? = nil,
        options: LandscapeOptions, samples: Int? = nil, batchSize: Int = 250, samplesAtOnce: Int? = nil,
        device: Device = .cpu
    ) throws {
        guard options.rules.count == 2, options.rules[0] != options.rules[1] else {
            throw LandscapeError(
                "a plane needs two different merge rules, got \(options.rules.joined(separator: ", "))")
        }
        guard options.margin >= 0, options.margin <= 100 else {
            throw LandscapeError("the margin must be in 0 ... 100, got \(options.margin)")
        }
        let rules = try options.rules.map(MergeRuleRegistry.rule)
        try data.requireFit(to: graph)
        try trainingImages?.requireFit(to: graph)
        let network = try AnalysedNetwork(graph, folding: options.folding)
        let group = try network.coupling.group(options.group)
        let scorer = try options.scoring.scorer(
            of: network, images: trainingImages, samplesAtOnce: samplesAtOnce, device: device)
        let analysis = try GroupAnalysis(group, in: network, scorer: scorer, options: options.transport)
        let kept = analysis.kept(options.sparsity)
        guard kept.count < group.width else {
            throw LandscapeError(
                "sparsity \(options.sparsity.value) removes none of the \(group.width) channels of group \(options.group)"
            )
        }
        let others = try analysis.steps(kept: kept, rules: rules).map {
            try network.applying($0.map.keepingShape(), to: group)
        }
        try self.init(
            WeightSpan(network.graph, towards: others), names: ["original"] + options.rules,
            gridSize: options.gridSize, margin: options.margin, on: data, samples: samples,
            batchSize: batchSize, device: device)
    }

    /// Prepares the line between two networks of equal shape.
    ///
    /// - Parameters:
    ///   - first: Where the line begins.
    ///   - second: Where it ends: the same layers with the same names.
    ///   - names: The names of the networks.
    ///   - data: The images whose loss is measured.
    ///   - count: The number of places, both ends included.
    ///   - samples: Only the first samples count; nil is all.
    ///   - batchSize: How many samples run at a time.
    ///   - device: Where networks run.
    /// - Throws: `LandscapeError` naming what differs in shape, or saying that the networks are equal.
    public init(
        between first: Graph, and second: Graph, names: (String, String), on data: ImageDataset,
        count: Int = 25, samples: Int? = nil, batchSize: Int = 250, device: Device = .cpu
    ) throws {
        let other = try first.adopting(weightsOf: second, named: names)
        try self.init(
            WeightSpan(first, towards: [other]), names: [names.0, names.1], gridSize: count, margin: 0,
            on: data, samples: samples, batchSize: batchSize, device: device)
    }

    private init(
        _ span: WeightSpan, names: [String], gridSize: Int, margin: Double, on data: ImageDataset,
        samples: Int?, batchSize: Int, device: Device
    ) throws {
        guard (2...Self.greatestGrid).contains(gridSize) else {
            throw LandscapeError("the grid must have 2 ... \(Self.greatestGrid) points, got \(gridSize)")
        }
        let plane = try WeightPlane(span, names: Array(names.dropFirst()))
        let meter = try LossMeter(
            span.origin, example: plane.graph(x: 0, y: 0), on: data, sampleCount: samples,
            batchSize: batchSize, device: device)
        let (xs, ys) = plane.grid(gridSize, margin: margin)
        let places: [(x: Double, y: Double)] = [(x: 0, y: 0)] + plane.places
        self.plane = plane
        self.meter = meter
        blank = LandscapeResult(
            points: zip(names, places).map { LandscapeResult.Point(name: $0, x: $1.x, y: $1.y) }, xs: xs,
            ys: ys, grid: Array(repeating: nil, count: xs.count * ys.count),
            samples: meter.sampleCount, availableSamples: data.count, seconds: 0)
    }

    /// What happens while the loss is measured.
    public enum Event: Sendable {
        /// The share done.
        case progress(Double)
        /// More places are measured; carries the whole result so far.
        case result(LandscapeResult)
    }

    /// Measures all places.
    ///
    /// - Parameters:
    ///   - known: An earlier result, whose measurements are reused.
    ///   - report: Called for every event; if it returns false, the work ends with what is finished.
    /// - Returns: The measurements.
    /// - Throws: `LandscapeError` if the earlier result has other places or samples.
    public func run(
        continuing known: LandscapeResult? = nil, report: (Event) throws -> Bool
    ) throws -> LandscapeResult {
        var result = blank
        if let known {
            guard known.hasPlaces(of: blank) else {
                throw LandscapeError("the earlier result is of other networks, another grid or other samples")
            }
            result.measurements = known.measurements
            result.seconds = known.seconds
        }
        var meter = meter
        let places = result.places
        let clock = ContinuousClock()
        let missing = result.measurements.indices.filter { result.measurements[$0] == nil }
        // If there is no room for the values that all places share, they are computed once for each row.
        let step = meter.keepsSharedValues ? 1 : max(result.xs.count, 1)
        for start in stride(from: 0, to: missing.count, by: step) {
            let indices = missing[start..<min(start + step, missing.count)]
            let before = Double(places.count - missing.count + start)
            let beginning = clock.now
            let graphs = try indices.map { try plane.graph(x: places[$0].x, y: places[$0].y) }
            let found = try meter.measurements(of: graphs) { share in
                try report(
                    .progress((before + share * Double(indices.count)) / Double(places.count)))
            }
            guard let found else { return result }
            var measurements = result.measurements
            for (index, measurement) in zip(indices, found) { measurements[index] = measurement }
            result.measurements = measurements
            result.seconds += (clock.now - beginning) / .seconds(1)
            guard try report(.result(result)) else { return result }
        }
        return result
    }
}
