internal import Coupling
internal import Datasets
public import Graph
internal import Moments
internal import Torch

/// Fits every layer behind a compressed group to what it gave before, on calibration inputs.
///
/// From the input to the output, each layer's weight and bias become the least-squares solution from what the layer reads in
/// the compressed network to what it gave in the original one, merged as the plan says:
///
///     W = argmin sum |y - W p - b|^2 + lambda |W - W0|^2,   W0 the weight that the merge rule left.
///
/// Layers before it are already fitted, so that their errors are made up for too. p holds channels times kernel positions.
public struct LayerReconstruction: Sendable {
    /// What was done to one layer.
    public struct Report: Sendable, Codable, Equatable {
        /// The node's name.
        public let layer: String
        /// The numbers that it reads at a position.
        public let fanIn: Int
        /// The positions that were looked at.
        public let rows: Int
        /// The ridge, as a share of the mean variance of what is read; nil where only the bias was fitted.
        public let ridge: Double?
        /// The squared error of the outputs as a share of their variance, as the merge rule left it.
        public let errorBefore: Double
        /// The same after the fit, on positions that were not fitted.
        public let errorAfter: Double
    }

    private let calibration: Calibration
    private let options: ReconstructionOptions

    /// Prepares a reconstruction.
    public init(_ calibration: Calibration, options: ReconstructionOptions = ReconstructionOptions()) {
        self.calibration = calibration
        self.options = options
    }

    /// Compresses a graph by plans, one after the other, and fits the layers.
    ///
    /// - Throws: `CompressionError` or `GraphError` where the plan or the calibration does not fit the graph.
    public func apply(_ plans: [CompressionPlan], to graph: Graph) throws -> (graph: Graph, layers: [Report])
    {
        let (targets, small) = try ReconstructionTargets.following(plans, from: graph)
        var original = try CalibrationWalk(graph, calibration.batches)
        var compressed = try CalibrationWalk(small, calibration.batches)
        var differing: Set<ValueID> = []
        var fitted: [ValueID: Tensor] = [:]
        var reports: [Report] = []
        let users = graph.consumers()
        for id in graph.nodeIDs {
            let node = graph[id]
            let differs = node.inputs.contains { $0.map(differing.contains) ?? false }
            if differs, let layer = try Site(id, graph, small, users, targets) {
                let (tensors, report) = try fit(layer, original, compressed)
                fitted.merge(tensors) { $1 }
                reports.append(report)
            }
            try original.run(id)
            try compressed.run(id, replacing: fitted)
            let changes = node.inputs.contains { input in
                input.map { graph[$0].tensor?.shape != small[$0].tensor?.shape } ?? false
            }
            if differs || changes { differing.formUnion(node.outputs) }
            try anchor(node, targets, &original, &compressed)
            original.finish(id)
            compressed.finish(id)
        }
        let result = try small.replacing(parameters: fitted)
        try result.verify()
        return (result, reports)
    }

    /// A layer that can be fitted.
    private struct Site {
        let id: NodeID
        let name: String
        let linear: LinearLayer
        let data: ValueID
        let weight: ValueID
        let bias: ValueID?
        /// The original weight and bias, merged on the side of their outputs.
        let targets: [ValueID: Tensor]

        /// nil where the node is no linear layer, shares its weight, or was not merged as a whole.
        init?(
            _ id: NodeID, _ graph: Graph, _ small: Graph, _ users: [ValueID: [NodeID]],
            _ merged: ReconstructionTargets
        ) throws {
            let node = graph[id]
            guard let linear = try node.op.linearLayer(graph.operatorInputs(node.inputs)),
                let data = node.inputs[linear.dataInput], let weight = node.inputs[linear.weightInput],
                let original = graph[weight].tensor, let now = small[weight].tensor, users[weight]?.count == 1
            else { return nil }
            let bias = linear.biasInput.flatMap { node.inputs.indices.contains($0) ? node.inputs[$0] : nil }
            if let bias {
                guard users[bias]?.count == 1, let tensor = small[bias].tensor,
                    tensor.count == now.shape[linear.weightOutputAxis]
                else { return nil }
            }
            var targets = [weight: original]
            for mixing in merged.mixings(graph[weight].name, axis: linear.weightOutputAxis) {
                targets[weight] = try mixing.applied(
                    to: targets[weight] ?? original, axis: linear.weightOutputAxis)
            }
            if let bias, var tensor = graph[bias].tensor {
                for mixing in merged.mixings(graph[bias].name, axis: tensor.rank - 1) {
                    tensor = try mixing.applied(to: tensor, axis: tensor.rank - 1)
                }
                targets[bias] = tensor
            }
            guard targets[weight]?.shape[linear.weightOutputAxis] == now.shape[linear.weightOutputAxis] else {
                return nil
            }
            self.id = id
            name = node.name
            self.linear = linear
            self.data = data
            self.weight = weight
            self.bias = bias
            self.targets = targets
        }
    }

    private func fit(
        _ site: Site, _ original: CalibrationWalk, _ compressed: CalibrationWalk
    ) throws -> (tensors: [ValueID: Tensor], report: Report) {
        guard let weight = compressed.graph[site.weight].tensor else {
            throw CompressionError("\(site.name) has no weight")
        }
        let prior = try site.linear.matrix(of: weight.converted(to: .float64))
        let (outputs, fanIn) = (prior.shape[0], prior.shape[1])
        let canSolve = fanIn <= options.maximumFanIn
        let bias = site.bias.flatMap { compressed.graph[$0].tensor }
        // Without a solution only means count: one number stands for what the weight makes of a row.
        var sums = try LayerFit(fanIn: canSolve ? fanIn : outputs, outputs: outputs)
        var generator = SplitMixGenerator(seed: options.seed &+ UInt64(site.id.number))
        let share = max(1, options.maximumRows / max(original.batchCount, 1))
        var count = 0
        for batch in 0..<original.batchCount {
            let given = try original.output(of: site.id, batch: batch, replacing: site.targets)
            guard let target = given.first else { continue }
            var rows = try site.linear.rows(compressed.value(site.data, batch: batch))
            var wanted = try site.linear.outputRows(target)
            guard rows.shape[0] == wanted.shape[0] else {
                throw CompressionError(
                    "\(site.name) reads \(rows.shape[0]) positions and gives \(wanted.shape[0])")
            }
            if rows.shape[0] > share {
                let chosen = generator.sample(share, of: rows.shape[0])
                (rows, wanted) = (try rows.selecting(axis: 0, chosen), try wanted.selecting(axis: 0, chosen))
            }
            if !canSolve {
                rows = try rows.converted(to: .float64).matrixMultiplied(by: prior.transposed())
            }
            count += rows.shape[0]
            try sums.add(rows, wanted)
        }
        let solution = try sums.solution(
            prior: canSolve ? prior : .identity(outputs),
            bias: bias?.converted(to: .float64).reshaped([outputs]),
            ridges: canSolve ? options.ridges : [])
        var tensors: [ValueID: Tensor] = [:]
        if canSolve, solution.ridge != nil {
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

    /// Gives a node's output the moments that are known of it, in both networks alike.
    private func anchor(
        _ node: Node, _ targets: ReconstructionTargets, _ original: inout CalibrationWalk,
        _ compressed: inout CalibrationWalk
    ) throws {
        let graph = original.graph
        guard let output = node.outputs.first,
            let anchor = try ChannelAnchor(output, in: original, calibration.anchors)
        else { return }
        try original.update(output) { try anchor.applied(to: $0) }
        let links = try node.op.axisLinks(
            graph.operatorInputs(node.inputs), outputs: node.outputs.map { graph[$0].type })
        var merged = anchor
        for case let link in links where link.second == .output(0, ChannelAnchor.axis) && link.role != nil {
            guard case .input(let index) = link.first.slot, node.inputs.indices.contains(index),
                let parameter = node.inputs[index], graph[parameter].tensor != nil
            else { continue }
            for mixing in targets.mixings(graph[parameter].name, axis: link.first.axis) {
                merged = try merged.merged(by: mixing)
            }
            break
        }
        guard compressed.graph[output].type.shape[ChannelAnchor.axis] == merged.factor.count else { return }
        try compressed.update(output) { try merged.applied(to: $0) }
    }
}
