package import Analysis
package import Compression
internal import Coupling
internal import Graph
internal import Torch

/// The bases in which channels of linear spaces can be removed at the least loss.
///
/// What readers see of channels h with the covariance C changes by `tr(G E)` if h loses what has the covariance E; G is the
/// metric `V^T V` of the layers that read them, or the covariance of the channels that they are multiplied by. With a root
/// `C = L L^T` and the eigenvectors and values of `L^T G L = U diag(s^2) U^T`,
///
///     A = diag(s)^(1/2) U^T L^-1
///
/// gives uncorrelated channels that bring the shares s^2 of all that is seen, and removing the last of them loses less than
/// any other map to so few channels. The factor divides what is seen evenly between makers and readers.
package struct PrincipalChannels {
    private let calibration: Calibration
    private let network: AnalysedNetwork
    private let divides: Bool
    private let seed: UInt64

    /// The share of the mean variance that is added to the diagonal of C, so that A can be undone.
    private static let ridge = 1e-4
    /// The least of the singular values s, as a share of the greatest.
    private static let leastSeen = 1e-3
    /// The weight of what the network's outputs see of channels, beside what the layers that read them do.
    private static let outputShare = 0.75
    /// The most positions that are measured for a space.
    private static let rows = 20_000

    /// Prepares the search.
    ///
    /// - Parameters:
    ///   - calibration: The inputs.
    ///   - network: The network, batch-norms folded.
    ///   - divides: Whether the network takes fewer samples at a time than a batch of the inputs has.
    ///   - seed: The seed of the selection of positions.
    package init(
        on calibration: Calibration, of network: AnalysedNetwork, dividing divides: Bool = true, seed: UInt64
    ) {
        (self.calibration, self.network, self.divides, self.seed) = (calibration, network, divides, seed)
    }

    /// Finds the bases of all linear spaces of some groups.
    ///
    /// - Parameters:
    ///   - groups: The groups' indices.
    ///   - report: Called with the share that is done; an error it throws ends the work.
    /// - Returns: The changes with the groups' indices.
    package func bases(
        of groups: Set<Int>, report: (Double) throws -> Void
    ) throws -> [(group: Int, change: BasisChange)] {
        let spaces = try network.linearSpaces(
            of: network.coupling.groups.filter { groups.contains($0.index) })
        guard !spaces.isEmpty else { return [] }
        let wanted = try spaces.map(places)
        let moments = try measured(Set(wanted.joined())) { try report($0 / 2) }
        let gradients = try OutputGradients(
            of: network.graph, on: calibration, dividing: divides, seed: seed
        )
        .metrics(at: Array(wanted.joined())) { try report((1 + $0) / 2) }
        return try zip(spaces, wanted).compactMap { space, places in
            try basis(of: space, places.compactMap { moments[$0] }, places.map { gradients[$0] })
                .map { (space.group, $0) }
        }
    }

    /// Where the channels of a space must be measured.
    private func places(of space: LinearSpace) throws -> [LinearSpace.Place] {
        switch space.readers {
        case .products(let left, let right): left + right
        case .layers(let layers):
            try layers.map { layer in
                let axis = try network.occurrences(of: layer.member).first { $0.isPlain }?.axis ?? 0
                return LinearSpace.Place(
                    value: layer.input, axis: axis, lanes: layer.member.positions.map { $0[0] })
            }
        }
    }

    private func measured(
        _ places: Set<LinearSpace.Place>, report: (Double) throws -> Void
    ) throws -> [LinearSpace.Place: JointMoments] {
        let graph = network.graph
        var waiting: [NodeID: [LinearSpace.Place]] = [:]
        // A value is there before the first node that reads it.
        for place in places {
            guard let reader = network.readers[place.value]?.first else { continue }
            waiting[reader, default: []].append(place)
        }
        var result: [LinearSpace.Place: JointMoments] = [:]
        let walk = CalibrationWalk(network, calibration)
        let mask = try SequenceMask(of: graph, on: calibration)
        for (number, id) in graph.nodeIDs.enumerated() {
            guard result.count < places.count else { break }
            try report(Double(number) / Double(graph.nodes.count))
            if let found = waiting[id] {
                try walk.run()
                for place in found {
                    let (moments, _) = try walk.channelMoments(
                        of: place.value, axis: place.axis, positions: place.lanes.map { [$0] },
                        maximumRows: Self.rows, seed: seed &+ UInt64(id.number)
                    ) { try mask?.positions(of: place.value, axis: place.axis, calibration.batch($0)) }
                    if try moments.covariance.isFinite() { result[place] = moments }
                }
            }
            walk.pass(id)
        }
        return result
    }

    /// The basis of a space; nil if it cannot be told.
    private func basis(
        of space: LinearSpace, _ moments: [JointMoments], _ gradients: [Tensor?]
    ) throws -> BasisChange? {
        let covariance: Tensor
        let metric: Tensor
        switch space.readers {
        case .layers(let layers):
            guard moments.count == layers.count else { return nil }
            // The layers count the same, whatever the size of their outputs.
            var (covariances, metrics): ([Tensor], [Tensor]) = ([], [])
            for ((layer, moments), gradient) in zip(zip(layers, moments), gradients) {
                let own = try layer.outputMetric(in: network.graph)
                let size = try Self.trace(moments.covariance)
                /// A metric by which the channels are seen as much as by others; nil if it sees none.
                func scaled(_ metric: Tensor, _ share: Double) throws -> Tensor? {
                    let seen = try Self.trace(metric.matrixMultiplied(by: moments.covariance))
                    guard seen > 0, size > 0, seen.isFinite, size.isFinite else { return nil }
                    return try metric.applying(.multiplied(share * size / seen))
                }
                let byOutputs = try gradient.flatMap { try scaled($0, Self.outputShare) }
                guard let byLayer = try scaled(own, byOutputs == nil ? 1 : 1 - Self.outputShare) else {
                    continue
                }
                covariances.append(try moments.covariance.applying(.multiplied(1 / size)))
                metrics.append(try byOutputs.map { try $0.adding(byLayer) } ?? byLayer)
            }
            guard let mean = try Self.sum(covariances), let sum = try Self.sum(metrics) else { return nil }
            (covariance, metric) = (mean, sum)
        case .products(let left, let right):
            guard moments.count == left.count + right.count else { return nil }
            // A softmax does not see what is the same for all that is summed over: the mean of the right side.
            guard let first = try Self.sum(moments.prefix(left.count).map { try $0.secondMoments() }),
                let second = try Self.sum(moments.dropFirst(left.count).map(\.covariance))
            else { return nil }
            (covariance, metric) = (first, second)
        }
        return try Self.basis(covariance: covariance, metric: metric).map {
            BasisChange(space, matrix: try $0.matrix.doubles(), shares: $0.shares)
        }
    }

    /// Solves for A and the shares of the new channels, the greatest first.
    private static func basis(covariance: Tensor, metric: Tensor) throws -> (
        matrix: Tensor, shares: [Double]
    )? {
        let n = covariance.shape[0]
        let size = try trace(covariance) / Double(n)
        guard size > 0, size.isFinite else { return nil }
        let damped = try covariance.adding(Tensor.identity(n).applying(.multiplied(size * ridge)))
        let (values, vectors) = try damped.symmetricEigen()
        let spread = try values.doubles().map { max($0, size * ridge / 2).squareRoot() }
        let root = try vectors.multiplied(by: Tensor(spread, shape: [1, n]))
        let inverse = try vectors.multiplied(by: Tensor(spread.map { 1 / $0 }, shape: [1, n])).transposed()
        let seen = try root.transposed().matrixMultiplied(by: metric).matrixMultiplied(by: root)
        let (squares, directions) = try seen.adding(seen.transposed()).applying(.multiplied(0.5))
            .symmetricEigen()
        let order = Array((0..<n).reversed())
        let shares = try squares.doubles().reversed().map { max($0, 0) }
        guard let greatest = shares.first, greatest > 0, greatest.isFinite else { return nil }
        let factors = shares.map { max(($0 / greatest).squareRoot(), leastSeen).squareRoot() }
        let matrix = try directions.selecting(axis: 1, order).transposed().matrixMultiplied(by: inverse)
            .multiplied(by: Tensor(factors, shape: [n, 1]))
        let total = shares.reduce(0, +)
        return (matrix, shares.map { $0 / total })
    }

    private static func trace(_ matrix: Tensor) throws -> Double {
        try matrix.diagonal().doubles().reduce(0, +)
    }

    private static func sum(_ matrices: [Tensor]) throws -> Tensor? {
        guard let first = matrices.first else { return nil }
        return try matrices.dropFirst().reduce(first) { try $0.adding($1) }
    }
}

extension JointMoments {
    /// The second moments about zero.
    fileprivate func secondMoments() throws -> Tensor {
        let column = try mean.reshaped([mean.count, 1])
        return try covariance.adding(column.matrixMultiplied(by: column.transposed()))
    }
}
