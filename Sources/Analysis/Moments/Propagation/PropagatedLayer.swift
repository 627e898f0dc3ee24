internal import Graph
internal import Torch

/// A layer that mixes the channels of its input: `y = sum_p W_p x_p + b` over the places p of a kernel or of
/// a map.
struct PropagatedLayer {
    /// The value that it reads.
    let input: ValueID
    /// The axis of the output that holds the layer's outputs.
    let outputAxis: Int
    /// The axis of the input that holds channels.
    private let inputAxis: Int
    /// The weight by output, lane of the input's axis, and place in the kernel. `[out, lanes, places]`, double precision
    private let weight: Tensor
    /// `[out]`, double precision
    private let bias: Tensor?
    /// The sets of places that see no padding, each with the share of output positions that have it.
    private let views: [(share: Double, places: [Int])]

    /// Describes a node; nil if it is no such layer.
    init?(_ id: NodeID, in network: AnalysedNetwork) throws {
        let graph = network.graph
        let node = graph[id]
        guard let layer = try node.op.linearLayer(graph.operatorInputs(node.inputs)),
            let input = node.inputs[layer.dataInput],
            let weight = node.inputs[layer.weightInput].flatMap({ graph[$0].tensor })
        else { return nil }
        let link = try network.links(of: id).first { link in
            guard case .input(layer.weightInput) = link.first.slot,
                case .input(layer.dataInput) = link.second.slot,
                link.lanes == nil
            else { return false }
            return link.role == .consumer
        }
        guard let link else { return nil }
        self.input = input
        outputAxis = layer.outputAxis
        inputAxis = link.second.axis
        let rest = (0..<weight.rank).filter { $0 != layer.weightOutputAxis && $0 != link.first.axis }
        let (outputs, lanes) = (weight.shape[layer.weightOutputAxis], weight.shape[link.first.axis])
        self.weight = try weight.converted(to: .float64)
            .permuted([layer.weightOutputAxis, link.first.axis] + rest)
            .reshaped([outputs, lanes, weight.count / max(outputs * lanes, 1)])
        bias = try layer.biasInput.flatMap { node.inputs.indices.contains($0) ? node.inputs[$0] : nil }
            .flatMap { graph[$0].tensor }?.converted(to: .float64)
        if let bias, bias.count != outputs { return nil }
        let places = self.weight.shape[2]
        guard places > 1 else {
            views = [(1, [0])]
            return
        }
        // One sample of one channel shows which places see padding.
        var shape = graph[input].type.shape
        shape[0] = 1
        shape[inputAxis] = 1
        let seen = try layer.rows(Tensor(repeating: 1, shape: shape, type: .float32), nil).floats()
        var counts: [[Int]: Int] = [:]
        for row in 0..<(seen.count / places) {
            counts[(0..<places).filter { seen[row * places + $0] != 0 }, default: 0] += 1
        }
        let total = Double(seen.count / places)
        views = counts.sorted { ($0.value, $0.key.count) > ($1.value, $1.key.count) }
            .map { (Double($0.value) / total, $0.key) }
    }

    /// Independent inputs of mean zero and variance one.
    func independentInput() throws -> ChannelState {
        let count = weight.shape[1]
        return ChannelState(
            axis: inputAxis,
            moments: JointMoments(
                mean: try Tensor(repeating: 0, shape: [count], type: .float64),
                covariance: try .identity(count)))
    }

    /// The moments of the outputs, and the matrix that mixes the input's channels into them to first order;
    /// nil if the input's channels are laid out differently. `[out, n]`
    ///
    /// With a share s of positions that see the places P, A = sum_P W_p, the positions' correlation r, and
    /// the difference d of the mean there from the mean over all positions: `E[y] = sum s (A E[x] + b)`,
    /// `Cov(y) = sum s (r A C A^T + (1 - r) sum_P W_p C W_p^T + d d^T)`.
    func output(of state: ChannelState) throws -> (moments: JointMoments, mixture: Tensor)? {
        guard state.axis == inputAxis, state.channels.count == weight.shape[1] else { return nil }
        let outputs = weight.shape[0]
        let width = state.width
        let (mean, before) = (state.moments.mean, state.moments.covariance)
        var (weight, views) = (weight, views)
        if !state.isPlain {
            guard weight.shape[2] == 1, let lanes = state.lanes else { return nil }
            let places = lanes.first?.count ?? 1
            weight = try weight.selecting(axis: 1, lanes.flatMap { $0 }).reshaped([outputs, width, places])
            views = [(1, Array(0..<places))]
        }
        let places = weight.shape[2]
        func column(_ values: Tensor) throws -> Tensor { try values.reshaped([values.count, 1]) }
        if places == 1 {
            let matrix = try weight.reshaped([outputs, width])
            let covariance = try matrix.matrixMultiplied(by: before).matrixMultiplied(by: matrix.transposed())
            let centre = try matrix.matrixMultiplied(by: column(mean)).reshaped([outputs])
            return (
                JointMoments(mean: try bias.map { try centre.adding($0) } ?? centre, covariance: covariance),
                matrix
            )
        }
        let r = SpatialModel.correlation
        var apart = [Double](repeating: 0, count: places)
        var covariance = try Tensor(repeating: 0, shape: [outputs, outputs], type: .float64)
        var mixture = try Tensor(repeating: 0, shape: [outputs, width], type: .float64)
        var centre = try Tensor(repeating: 0, shape: [outputs], type: .float64)
        var means: [(share: Double, mean: Tensor)] = []
        for view in views where !view.places.isEmpty {
            let sum = try weight.selecting(axis: 2, view.places).reduced(.sum, axes: [2])
            covariance = try covariance.adding(
                sum.matrixMultiplied(by: before).matrixMultiplied(by: sum.transposed())
                    .applying(.multiplied(r * view.share)))
            mixture = try mixture.adding(sum.applying(.multiplied(r * view.share)))
            let there = try sum.matrixMultiplied(by: column(mean)).reshaped([outputs])
            centre = try centre.adding(there.applying(.multiplied(view.share)))
            means.append((view.share, there))
            for place in view.places { apart[place] += view.share }
        }
        for (place, share) in apart.enumerated() where share > 0 {
            let matrix = try weight.sliced(axis: 2, place..<(place + 1)).reshaped([outputs, width])
            covariance = try covariance.adding(
                matrix.matrixMultiplied(by: before).matrixMultiplied(by: matrix.transposed())
                    .applying(.multiplied((1 - r) * share)))
            if place == places / 2 {
                mixture = try mixture.adding(matrix.applying(.multiplied((1 - r) * share)))
            }
        }
        for (share, mean) in means {
            let difference = try column(mean.subtracting(centre))
            covariance = try covariance.adding(
                difference.matrixMultiplied(by: difference.transposed()).applying(.multiplied(share)))
        }
        return (
            JointMoments(mean: try bias.map { try centre.adding($0) } ?? centre, covariance: covariance),
            mixture
        )
    }
}
