internal import Coupling
internal import Datasets
public import Graph
public import Moments
internal import Torch

extension NetworkMoments {
    /// Returns these moments with those of every group's channels where layers read them, measured on calibration inputs.
    ///
    /// `Cov(h)` is summed up batch by batch: memory does not depend on the number of positions.
    /// - Parameters:
    ///   - calibration: The inputs.
    ///   - graph: The network, batch-norms folded.
    ///   - maximumRows: At most so many positions count at each place.
    ///   - seed: The seed of their choice.
    /// - Throws: `CompressionError` naming a layer that reads numbers that are not finite.
    public func measuring(
        _ calibration: Calibration, of graph: Graph, maximumRows: Int = 20_000, seed: UInt64 = 0
    ) throws -> NetworkMoments {
        let users = graph.consumers()
        var readers: [NodeID: [(group: CoupledGroup, layer: ConsumerLayer)]] = [:]
        for group in try Coupling(graph).groups {
            for member in group.members(.consumer) {
                guard let layer = try ConsumerLayer(member, in: graph, users: users) else { continue }
                readers[layer.node, default: []].append((group, layer))
            }
        }
        var result = self
        let walk = CalibrationWalk(graph, calibration)
        let anchors = ActivationAnchors(graph, calibration.anchors)
        for id in graph.nodeIDs {
            for (group, layer) in readers[id] ?? [] {
                let node = graph[id]
                guard let slot = node.inputs.firstIndex(of: layer.member.parameter) else { continue }
                let links = try node.op.axisLinks(
                    graph.operatorInputs(node.inputs), outputs: node.outputs.map { graph[$0].type })
                let link = links.first {
                    $0.first == .input(slot, layer.member.axis) && $0.role == .consumer && $0.lanes == nil
                }
                guard let link, case .input(let index) = link.second.slot, node.inputs[index] == layer.input
                else { continue }
                try walk.run()
                let moments = try walk.channelMoments(
                    of: layer.input, axis: link.second.axis, positions: layer.member.positions,
                    maximumRows: maximumRows, seed: seed &+ UInt64(id.number))
                guard try moments.covariance.isFinite() else {
                    throw CompressionError.unusableInputs(of: node.name)
                }
                result = result.adding(moments, of: group, readBy: layer.member)
            }
            walk.pass(id)
            if let anchors, let axis = anchors.axis(after: id), let output = graph[id].outputs.first,
                let found = try walk.statistics(of: output, axis: axis)[.original],
                let anchor = anchors.anchor(after: id, found: found)
            {
                walk.change(output, of: .original, by: anchor)
            }
        }
        return result
    }
}

extension CalibrationWalk {
    /// Returns the moments of channels that lie on positions of a value's axis, over all other axes and batches.
    func channelMoments(
        of id: ValueID, axis: Int, positions: [[Int]], maximumRows: Int, seed: UInt64
    ) throws -> JointMoments {
        let places = positions.first?.count ?? 1
        let width = positions.count
        var generator = SplitMixGenerator(seed: seed)
        let share = max(1, maximumRows / max(batchCount, 1))
        var count = 0
        var sum = try Tensor(repeating: 0, shape: [width], type: .float64)
        var products = try Tensor(repeating: 0, shape: [width, width], type: .float64)
        for batch in 0..<batchCount {
            let tensor = try value(id, batch: batch)
            let order = (0..<tensor.rank).filter { $0 != axis } + [axis]
            let lanes = tensor.shape[axis]
            var rows = try tensor.permuted(order).reshaped([tensor.count / max(lanes, 1), lanes])
            if rows.shape[0] > share {
                rows = try rows.selecting(axis: 0, generator.sample(share, of: rows.shape[0]))
            }
            rows = try rows.selecting(axis: 1, positions.flatMap { $0 }).converted(to: .float64)
                .reshaped([rows.shape[0], width, places]).permuted([0, 2, 1])
                .reshaped([rows.shape[0] * places, width])
            count += rows.shape[0]
            sum = try sum.adding(rows.reduced(.sum, axes: [0]))
            products = try products.adding(rows.transposed().matrixMultiplied(by: rows))
        }
        let scale = 1 / Double(max(count, 1))
        let mean = try sum.applying(.multiplied(scale))
        let outer = try mean.reshaped([width, 1]).matrixMultiplied(by: mean.reshaped([1, width]))
        return JointMoments(
            mean: mean, covariance: try products.applying(.multiplied(scale)).subtracting(outer))
    }
}
