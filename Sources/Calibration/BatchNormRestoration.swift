internal import Analysis
internal import Graph
internal import Torch

/// Restores folded batch-norms, so that training can continue as before.
///
/// A layer `y = W x + b` becomes `y = gamma (W x - mean) / sqrt(variance + epsilon) + beta` with the mean and variance
/// of `W x` on the calibration set, per channel, gamma = sqrt(variance + epsilon), and beta the mean of `W x + b`: the
/// same function. A layer that had its own bias besides the batch-norm keeps it as a parameter; in training the
/// batch-norm cancels it.
struct BatchNormRestoration {
    private let calibration: Calibration

    init(_ calibration: Calibration) {
        self.calibration = calibration
    }

    /// A folded batch-norm in the compressed network.
    private struct Site {
        let producer: NodeID
        let output: ValueID
        let biasInput: Int
        let hadBias: Bool
        let normalisation: Node
    }

    /// The channel axis of a batch-norm's input.
    private static let axis = 1

    /// Returns the network with its batch-norms.
    ///
    /// - Parameters:
    ///   - small: The compressed network.
    ///   - original: The network before compression, as it was trained.
    ///   - report: Called with the share that is done; an error it throws ends the work.
    /// - Throws: `GraphError` if the calibration set does not fit the graph.
    func restored(
        _ small: Graph, of original: AnalysedNetwork, report: (Double) throws -> Void = { _ in }
    ) throws -> Graph {
        let sites = try sites(in: small, of: original)
        guard !sites.isEmpty else { return small }
        let walk = CalibrationWalk(try AnalysedNetwork(small), calibration)
        var result = small
        var insertions: [NodeID: Graph.Insertion] = [:]
        for (place, id) in small.nodeIDs.enumerated() {
            try report(Double(place) / Double(small.nodes.count))
            walk.pass(id)
            guard let site = sites[id] else { continue }
            guard let found = try walk.statistics(of: site.output, axis: Self.axis)[.original] else {
                throw GraphError("computes nothing on the calibration set", node: small[id].name)
            }
            let bias = try self.bias(of: site, in: small)
            // The mean of the layer's output without the bias that goes into the batch-norm.
            let mean = site.hadBias ? found.mean : zip(found.mean, bias).map { $0 - $1 }
            let epsilon = Double(try site.normalisation.op.attributes.float("epsilon", default: 1e-5))
            let variance = found.deviation.map { $0 * $0 }
            let values = [variance.map { ($0 + epsilon).squareRoot() }, found.mean, mean, variance]
            let graph = original.original
            insertions[id] = Graph.Insertion(
                site.normalisation.op,
                parameters: try zip(site.normalisation.inputs.dropFirst(), values).compactMap {
                    input, values in
                    guard let input else { return nil }
                    return (
                        graph[input].name,
                        try Tensor(values, shape: [values.count]).converted(to: graph[input].type.element)
                    )
                },
                name: site.normalisation.name, outputName: graph[site.normalisation.outputs[0]].name)
            if !site.hadBias { result.removeInput(site.biasInput, of: id) }
        }
        return try result.inserting(insertions)
    }

    private func sites(in small: Graph, of original: AnalysedNetwork) throws -> [NodeID: Site] {
        guard let folding = original.folding else { return [:] }
        var found: [NodeID: Site] = [:]
        let consumers = small.consumers()
        for folded in try folding.foldable(in: original.original) {
            guard let weight = small.value(named: folded.weight), let producer = consumers[weight]?.first,
                let output = small[producer].outputs.first, let biasInput = small[producer].op.biasInput
            else { continue }
            found[producer] = Site(
                producer: producer, output: output, biasInput: biasInput, hadBias: folded.hadBias,
                normalisation: original.original[folded.normalisation])
        }
        return found
    }

    private func bias(of site: Site, in small: Graph) throws -> [Double] {
        let inputs = small[site.producer].inputs
        guard inputs.indices.contains(site.biasInput), let bias = inputs[site.biasInput],
            let tensor = small[bias].tensor
        else { return [Double](repeating: 0, count: small[site.output].type.shape[Self.axis]) }
        return try tensor.doubles()
    }
}
