package import Analysis
internal import Compression
internal import Coupling
internal import Graph
internal import Torch

/// The moments of every group's channels as layers read them, measured on calibration inputs.
///
/// `Cov(h)` is accumulated batch by batch: memory does not depend on the number of positions.
package struct MeasuredMoments: MomentsProvider {
    private let calibration: Calibration
    private let network: AnalysedNetwork
    private let maximumRows: Int
    private let seed: UInt64

    /// Prepares a measurement.
    ///
    /// - Parameters:
    ///   - calibration: The inputs.
    ///   - network: The network, batch-norms folded.
    ///   - maximumRows: The largest number of positions used per layer.
    ///   - seed: The seed of their selection.
    package init(
        on calibration: Calibration, of network: AnalysedNetwork, maximumRows: Int = 20_000, seed: UInt64 = 0
    ) {
        self.calibration = calibration
        self.network = network
        self.maximumRows = maximumRows
        self.seed = seed
    }

    /// - Throws: `CompressionError` naming a layer whose inputs are not finite.
    package func moments(adding known: NetworkMoments) throws -> NetworkMoments {
        try moments(adding: known) { _ in }
    }

    /// Returns the known moments together with those of the calibration set.
    ///
    /// - Parameters:
    ///   - known: The known moments.
    ///   - report: Called before every node with the share that is done; an error it throws ends the work.
    /// - Throws: `CompressionError` naming a layer whose inputs are not finite.
    package func moments(
        adding known: NetworkMoments, report: (Double) throws -> Void
    ) throws -> NetworkMoments {
        let graph = network.graph
        let readers = try self.readers()
        var result = known
        let walk = CalibrationWalk(network, calibration)
        let anchors = ActivationAnchors(network, calibration.anchors)
        let mask = try SequenceMask(of: graph, on: calibration)
        for (place, id) in graph.nodeIDs.enumerated() {
            try report(Double(place) / Double(graph.nodes.count))
            for reader in readers[id] ?? [] {
                try walk.run()
                let (moments, rows) = try walk.channelMoments(
                    of: reader.layer.input, axis: reader.axis, positions: reader.layer.member.positions,
                    maximumRows: maximumRows, seed: seed &+ UInt64(id.number)
                ) {
                    try mask?.positions(of: reader.layer.input, axis: reader.axis, calibration.batch($0))
                }
                guard try moments.covariance.isFinite() else {
                    throw CompressionError.unusableInputs(of: graph[id].name)
                }
                result = result.adding(
                    moments, of: reader.group, readBy: reader.layer.member, rows: rows)
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

    /// A layer that reads a group's channels, and their axis in its input.
    private struct Reader {
        let group: CoupledGroup
        let layer: ConsumerLayer
        let axis: Int
    }

    private func readers() throws -> [NodeID: [Reader]] {
        var readers: [NodeID: [Reader]] = [:]
        for group in network.coupling.groups {
            for member in group.members(.consumer) {
                guard let layer = try ConsumerLayer(member, in: network),
                    let place = try network.occurrences(of: member).first(where: {
                        $0.node == layer.node && $0.isPlain
                    }), place.value == layer.input
                else { continue }
                readers[layer.node, default: []].append(
                    Reader(group: group, layer: layer, axis: place.axis))
            }
        }
        return readers
    }
}

extension CalibrationWalk {
    /// Returns the moments of channels at positions of a value's axis, over all other axes and batches, and the number of
    /// different observations.
    ///
    /// - Parameter counting: Returns the positions on the other axes that count in a batch; nil if all do.
    func channelMoments(
        of id: ValueID, axis: Int, positions: [[Int]], maximumRows: Int, seed: UInt64,
        counting: (Int) throws -> [Int]? = { _ in nil }
    ) throws -> (moments: JointMoments, rows: Int) {
        let width = positions.count
        var generator = SplitMixGenerator(seed: seed)
        let share = max(1, maximumRows / max(batchCount, 1))
        var (count, different) = (0, 0)
        let direction = try Tensor(random: .normal, shape: [width, 1], seed: seed).converted(to: .float64)
        var sum = try Tensor(repeating: 0, shape: [width], type: .float64)
        var products = try Tensor(repeating: 0, shape: [width, width], type: .float64)
        for batch in 0..<batchCount {
            let rows = try value(id, batch: batch).channelRows(
                axis: axis, positions: positions, counting: counting(batch), atMost: share, using: &generator)
            count += rows.shape[0]
            // Where one value stands at many positions, these are one observation.
            different += try Set(rows.matrixMultiplied(by: direction).doubles().map(Float.init)).count
            sum = try sum.adding(rows.reduced(.sum, axes: [0]))
            products = try products.adding(rows.transposed().matrixMultiplied(by: rows))
        }
        let scale = 1 / Double(max(count, 1))
        let mean = try sum.applying(.multiplied(scale))
        let outer = try mean.reshaped([width, 1]).matrixMultiplied(by: mean.reshaped([1, width]))
        let moments = JointMoments(
            mean: mean, covariance: try products.applying(.multiplied(scale)).subtracting(outer))
        return (moments, different)
    }
}

extension Tensor {
    /// Returns channels that lie along an axis, one row for each position on the other axes and each of a channel's positions
    /// on this one. `[rows, channels]`, double precision
    ///
    /// - Parameters:
    ///   - axis: The axis.
    ///   - positions: The positions of each channel on it.
    ///   - counting: The positions on the other axes that count; nil is all.
    ///   - most: The most of these positions; some are selected at random if there are more.
    ///   - generator: Selects them.
    func channelRows(
        axis: Int, positions: [[Int]], counting: [Int]?, atMost most: Int,
        using generator: inout SplitMixGenerator
    ) throws -> Tensor {
        let (width, places) = (positions.count, positions.first?.count ?? 1)
        let order = (0..<rank).filter { $0 != axis } + [axis]
        let lanes = shape[axis]
        var rows = try permuted(order).reshaped([count / max(lanes, 1), lanes])
        if let counting { rows = try rows.selecting(axis: 0, counting) }
        if rows.shape[0] > most {
            rows = try rows.selecting(axis: 0, generator.sample(most, of: rows.shape[0]))
        }
        return try rows.selecting(axis: 1, positions.flatMap { $0 }).converted(to: .float64)
            .reshaped([rows.shape[0], width, places]).permuted([0, 2, 1])
            .reshaped([rows.shape[0] * places, width])
    }
}
