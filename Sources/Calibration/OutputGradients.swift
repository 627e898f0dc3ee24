package import Analysis
internal import Compression
package import Graph
package import Torch

/// How much a network's outputs depend on the channels at some places, to first order.
///
/// If channels h change by e, what `OutputObjective` calls the outputs' evidence changes by J e. For independent normal numbers s,
/// one for each element of the evidence, and `g = J^T s`, the mean of `g g^T` is `J^T J`, so that `tr(M E)` with
///
///     M = mean over samples and positions of g g^T
///
/// is the mean square of the change if e has the second moments E.
struct OutputGradients {
    private let graph: Graph
    private let calibration: Calibration
    /// Whether the network takes fewer samples at a time than a batch has.
    private let divides: Bool
    private let seed: UInt64

    /// The most samples that are run.
    private static let mostSamples = 128
    /// The most samples of one run.
    private static let samples = 16
    /// The most elements of all values in one run, unless one sample has more.
    private static let elements = 1 << 28
    /// The most positions of one run that count for a place.
    private static let rows = 2500

    init(of graph: Graph, on calibration: Calibration, dividing divides: Bool, seed: UInt64) {
        (self.graph, self.calibration, self.divides, self.seed) = (graph, calibration, divides, seed)
    }

    /// Returns M at each place, without places on which no output depends.
    ///
    /// - Parameters:
    ///   - places: The places.
    ///   - report: Called with the share that is done; an error it throws ends the work.
    func metrics(
        at places: [LinearSpace.Place], report: (Double) throws -> Void
    ) throws -> [LinearSpace.Place: Tensor] {
        let executor = try Executor(graph)
        let values = Array(Set(places.map(\.value))).sorted()
        var weights: [ValueID: Tensor] = [:]
        for id in graph.nodeIDs {
            let node = graph[id]
            guard let layer = try node.op.linearLayer(graph.operatorInputs(node.inputs)),
                let weight = node.inputs[layer.weightInput], let tensor = graph[weight].tensor,
                tensor.type.isFloatingPoint
            else { continue }
            weights[weight] = tensor
        }
        guard !weights.isEmpty, !values.isEmpty else { return [:] }
        var generator = SplitMixGenerator(seed: seed)
        var objectives: [ValueID: OutputObjective] = [:]
        var sums: [LinearSpace.Place: Tensor] = [:]
        var done = 0
        var listed: Set<LinearSpace.Place> = []
        let different = places.filter { listed.insert($0).inserted }
        for batch in 0..<calibration.distinctBatchCount where done < Self.mostSamples {
            try report(Double(done) / Double(Self.mostSamples))
            for inputs in try parts(of: calibration.batch(batch)) where done < Self.mostSamples {
                let found = try executor.compute(
                    Array(Set(values + graph.outputs)).sorted(),
                    from: Dictionary(uniqueKeysWithValues: zip(graph.inputs, inputs)),
                    parameters: weights.mapValues { try $0.requiringGradient() })
                done += inputs.first?.shape.first ?? 1
                var sum: Tensor?
                for id in graph.outputs {
                    guard let output = found[id] else { continue }
                    if objectives[id] == nil { objectives[id] = try OutputObjective([output.detached()]) }
                    guard let evidence = try objectives[id]?.evidence(output) else { continue }
                    let weights = try Tensor(random: .normal, shape: evidence.shape, seed: generator.next())
                    let term = try evidence.multiplied(by: weights.converted(to: evidence.type))
                        .reduced(.sum, axes: [])
                    sum = try sum.map { try $0.adding(term) } ?? term
                }
                guard let sum else { return [:] }
                let present = values.compactMap { id in found[id].map { (id: id, tensor: $0) } }
                // Not every operator can be differentiated; then the layers that read the channels decide alone.
                guard let gradients = try? sum.gradients(of: present.map(\.tensor)) else { return [:] }
                let byValue = Dictionary(
                    uniqueKeysWithValues: zip(present, gradients).compactMap { value, gradient in
                        gradient.map { (value.id, $0) }
                    })
                for place in different {
                    guard let gradient = byValue[place.value] else { continue }
                    let rows = try gradient.channelRows(
                        axis: place.axis, positions: place.lanes.map { [$0] }, counting: nil,
                        atMost: Self.rows,
                        using: &generator)
                    let product = try rows.transposed().matrixMultiplied(by: rows)
                    sums[place] = try sums[place].map { try $0.adding(product) } ?? product
                }
            }
        }
        return try sums.filter { try $0.value.isFinite() }
    }

    /// A batch in parts, if it can be divided.
    private func parts(of batch: [Tensor]) throws -> [[Tensor]] {
        let count = batch.first?.shape.first ?? 1
        let traced = max(graph.inputs.first.flatMap { graph[$0].type.shape.first } ?? 1, 1)
        let each = graph.nodes.flatMap(\.outputs).reduce(0) { $0 + (graph[$1].type.count ?? 0) / traced }
        let most = min(Self.samples, max(Self.elements / max(each, 1), 1))
        guard divides, graph.countsSamples, count > most,
            graph.inputs.allSatisfy({ !graph[$0].type.shape.isEmpty })
        else { return [batch] }
        return try stride(from: 0, to: count, by: most).map { start in
            try batch.map { try $0.sliced(axis: 0, start..<min(start + most, count)) }
        }
    }
}
