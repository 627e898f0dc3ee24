internal import Analysis
internal import Coupling
internal import Graph
internal import OptimalTransport
internal import Torch

extension MergeContext {
    /// Where the moments of a map's channels come from, at each of its consumers; nil where they are not known.
    func sources(of map: ChannelMap) throws -> [MomentSource?] {
        let known = try groupMoments(of: map)
        return try map.consumers.map { try layer(of: $0).flatMap { try known.read(by: $0)?.source } }
    }

    /// Whether the moments of all of the group's consumers were measured.
    var isMeasured: Bool {
        get throws {
            let (moments, consumers) = (try network.moments(), group.members(.consumer))
            return try !consumers.isEmpty
                && consumers.allSatisfy {
                    try ConsumerLayer($0, in: network) != nil
                        && moments.measured(group, readBy: $0) != nil
                }
        }
    }

    /// Returns a map with consumers refitted to the moments, wherever these are known.
    ///
    /// - Parameter fits: What was found for the map's consumers; see `predictions(of:by:)`.
    func matchingMoments(of map: ChannelMap, _ fits: [MergePrediction.Fit?]) throws -> ChannelMap {
        var fits = fits[...]
        return try map.replacingConsumers { consumer in
            guard let fit = fits.popFirst() ?? nil else { return consumer }
            return ChannelMap.Consumer(
                parameter: consumer.parameter, axis: consumer.axis,
                matrix: try SparseMatrix(
                    dense: fit.consumer.matrix().doubles(), rows: map.width, columns: map.kept.count),
                gain: fit.gain, shift: fit.shift, source: ChannelMap.Consumer.Basis(fit.source))
        }
    }

    /// Returns the moments of a map's channels.
    ///
    /// - Parameter told: The moments to assume for the activations; nil is the known ones, from which others
    ///   are derived once.
    func groupMoments(of map: ChannelMap, by told: NetworkMoments? = nil) throws -> GroupMoments {
        if let told {
            return try GroupMoments(
                group, in: AnalysedNetwork(network, moments: told), merging: map.merging())
        }
        return try known.moments(of: map) {
            try GroupMoments(group, in: network, merging: map.merging())
        }
    }

    /// The layer that reads the group's channels through a consumer; nil if it is not a plain sum over channels.
    func layer(of consumer: ChannelMap.Consumer) throws -> ConsumerLayer? {
        let member = group.members(.consumer).first {
            $0.name == consumer.parameter && $0.axis == consumer.axis
        }
        return try member.flatMap { try ConsumerLayer($0, in: network) }
    }
}

extension ChannelMap.Consumer.Basis {
    /// The basis that corresponds to a source of moments.
    init(_ moments: MomentSource) {
        self =
            switch moments {
            case .batchNorm: .batchNorm
            case .synthetic: .synthetic
            case .propagation: .propagation
            case .measurement: .measurement
            }
    }
}

extension ChannelMap {
    /// How the map merges channels before any consumer reads them.
    func merging() -> GroupMoments.Merging {
        GroupMoments.Merging(
            producer: ChannelMixture(producer), perChannel: ChannelMixture(perChannel), selected: selected)
    }
}

extension ChannelMixture {
    /// The sums whose weights are a matrix's rows.
    init(_ matrix: SparseMatrix) {
        self.init(
            matrix.entries.map { ($0.row, $0.column, $0.value) }, of: matrix.columns, count: matrix.rows)
    }
}

extension Tensor {
    /// A sparse matrix as a dense tensor in double precision.
    init(_ matrix: SparseMatrix) throws {
        try self.init(matrix.dense(), shape: [matrix.rows, matrix.columns])
    }
}
