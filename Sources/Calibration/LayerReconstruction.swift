internal import Analysis
internal import Compression
internal import Coupling
internal import Datasets
public import Graph
internal import Torch

/// Fits every layer after a compressed group to its original outputs on calibration inputs.
///
/// From the input to the output, each layer's weight and bias become the least-squares solution from what the layer
/// reads in the compressed network to its outputs in the original one, merged as the plan says:
///
///     W = argmin sum |y - W p - b|^2 + lambda |W - W0|^2,   W0 the weight that the merge rule left.
///
/// Earlier layers are already fitted, so the fit compensates for their errors too. p holds channels times kernel
/// positions.
public struct LayerReconstruction: Sendable {
    /// The fit of one layer.
    public struct Report: Sendable, Codable, Equatable {
        /// The node's name.
        public let layer: String
        /// The number of inputs that it reads at a position.
        public let fanIn: Int
        /// The number of positions used.
        public let rows: Int
        /// The ridge, as a share of the mean variance of the layer's inputs; nil where the weight is a known one (the
        /// merge rule's, or that of `ChannelFit`) and only the bias was fitted.
        public let ridge: Double?
        /// The squared error of the outputs as a share of their variance, as the merge rule left it.
        public let errorBefore: Double
        /// The same after the fit, on held-out positions.
        public let errorAfter: Double
    }

    /// The fit takes account of a rectification only if its rows hold at most this many numbers.
    private static let rectifiedSize = 1 << 27

    private let calibration: Calibration
    private let options: ReconstructionOptions

    /// Prepares a reconstruction.
    public init(_ calibration: Calibration, options: ReconstructionOptions = ReconstructionOptions()) {
        self.calibration = calibration
        self.options = options
    }

    /// Fits the layers of a compressed network.
    ///
    /// - Parameters:
    ///   - network: The network.
    ///   - report: Called before every node with the share that is done; an error it throws ends the work.
    /// - Throws: `CompressionError` or `GraphError` if the plan or the calibration does not fit the graph, or naming a
    ///   layer whose inputs cannot be used for a fit.
    public func apply(
        to network: CompressedNetwork, report: (Double) throws -> Void = { _ in }
    ) throws -> (graph: Graph, layers: [Report]) {
        let (original, small) = (network.original, network.graph)
        guard options.share > 0 else { return (small, []) }
        let graph = original.graph
        let order = try original.fittingOrder()
        let walk = CalibrationWalk(original, compressed: small, calibration, order: order)
        let anchors = ActivationAnchors(original, calibration.anchors)
        var fitted: [ValueID: Tensor] = [:]
        var reports: [Report] = []
        let samples = try walk.samples()
        let mask = try SequenceMask(of: graph, on: calibration)
        var known = Set(graph.inputs)
        for (place, id) in order.enumerated() {
            try report(Double(place) / Double(order.count))
            let differs = graph[id].inputs.contains { $0.map(walk.differs) ?? false }
            if differs,
                let site = try ReconstructionSite(
                    id, network, isKnown: known.contains, isAnchored: anchors?.axis(after: id) != nil)
            {
                try walk.run()
                let anchor = try anchors?.expected(after: id, on: walk, network)
                let (tensors, fit) = try fit(site, walk, samples, small, anchor, mask)
                walk.replace(tensors)
                fitted.merge(tensors) { $1 }
                reports.append(fit)
            }
            walk.pass(id)
            known.formUnion(graph[id].outputs)
            try walk.anchor(after: id, anchors, network)
        }
        let result = try small.blended(
            towards: small.replacing(parameters: fitted), share: options.share)
        try result.verify()
        return (result, reports)
    }

    /// The samples that contain the given positions of a batch.
    private static func samples(of positions: [Int], among count: Int, _ samples: Range<Int>) -> [Int] {
        positions.map { samples.lowerBound + $0 * samples.count / count }
    }

    private func fit(
        _ site: ReconstructionSite, _ walk: CalibrationWalk, _ samples: [Range<Int>], _ small: Graph,
        _ anchor: ChannelAffine?, _ mask: SequenceMask?
    ) throws -> (tensors: [ValueID: Tensor], report: Report) {
        guard let weight = small[site.weight].tensor else {
            throw CompressionError("\(site.name) has no weight")
        }
        let prior = try site.linear.matrix(of: weight.converted(to: .float64))
        let (outputs, fanIn) = (prior.shape[0], prior.shape[1])
        let canSolve = fanIn <= options.maximumFanIn
        let bias = site.bias.flatMap { small[$0].tensor }
        // Without a solution only means count, so each row is replaced by the weight's outputs for it.
        var sums = try LayerFit(fanIn: canSolve ? fanIn : outputs, outputs: outputs)
        var channels =
            try canSolve
            ? ChannelFit(
                from: site.shapeBefore, to: weight.shape, outputAxis: site.linear.weightOutputAxis)
            : nil
        var generator = SplitMixGenerator(seed: options.seed &+ UInt64(site.id.number))
        let share = max(1, options.maximumRows / max(walk.batchCount, 1))
        var count = 0
        for batch in 0..<walk.batchCount {
            let before = try walk.value(site.data, batch: batch)
            let now = try walk.value(site.data, of: .compressed, batch: batch)
            let (all, others) = (try site.linear.positionCount(before), try site.linear.positionCount(now))
            guard all == others else {
                throw CompressionError("\(site.name) reads \(others) positions instead of \(all)")
            }
            let counting = try mask?.positions(
                of: site.output, axis: site.linear.outputAxis, calibration.batch(batch))
            let available = counting?.count ?? all
            let drawn = available > share ? generator.sample(share, of: available) : nil
            let chosen = counting.map { counting in drawn?.map { counting[$0] } ?? counting } ?? drawn
            let rowsBefore = try site.linear.rows(before, chosen)
            var wanted = try site.wanted(rowsBefore).converted(to: .float64)
            let beside = try site.surroundings(
                walk, batch: batch, at: chosen, count: wanted.shape[0], small
            ).seen(through: anchor)
            wanted = try wanted.adding(beside.missing)
            var rows = try site.linear.rows(now, chosen)
            if !canSolve {
                rows = try rows.converted(to: .float64).matrixMultiplied(by: prior.transposed())
            }
            try channels?.add(rowsBefore, rows)
            count += rows.shape[0]
            let isKept =
                canSolve && site.junction.isRectified && fanIn * options.maximumRows <= Self.rectifiedSize
            try sums.add(
                rows, wanted, of: Self.samples(of: chosen ?? Array(0..<all), among: all, samples[batch]),
                rectifiedBeside: isKept ? beside.present : nil)
        }
        guard try sums.isFinite, try channels?.isFinite ?? true else {
            throw CompressionError.unusableInputs(of: site.name)
        }
        let solution: LayerFit.Solution
        do {
            let reading = try channels?.weight(from: site.weightBefore.converted(to: .float64))
            solution = try sums.solution(
                priors: [canSolve ? prior : .identity(outputs)] + (reading.map { [$0] } ?? []),
                bias: bias?.converted(to: .float64).reshaped([outputs]),
                ridges: canSolve ? options.ridges : [])
        } catch let error as TorchError {
            throw CompressionError(
                "\(site.name) cannot be fitted, perhaps because what it reads hardly varies: \(error)")
        }
        var tensors: [ValueID: Tensor] = [:]
        if canSolve, solution.ridge != nil || solution.prior > 0 {
            tensors[site.weight] = try site.linear.weight(from: solution.weight, shape: weight.shape)
                .converted(to: weight.type)
        }
        if let id = site.bias, let bias, let shift = solution.bias {
            tensors[id] = try shift.reshaped(bias.shape).converted(to: bias.type)
        }
        let report = Report(
            layer: site.name, fanIn: fanIn, rows: count, ridge: solution.ridge,
            errorBefore: solution.errorBefore, errorAfter: solution.errorAfter)
        return (tensors, report)
    }
}
