internal import Analysis
internal import Coupling
internal import Graph
internal import OptimalTransport
internal import Torch

extension MergeContext {
    /// A map whose consumers are refitted to the moments.
    struct Match {
        let map: ChannelMap
        /// The sources of the moments, each once; nil if they are not known.
        var sources: Set<MomentSource?> = []

        /// Whether the moments of all consumers were measured.
        var isMeasured: Bool { sources == [.measurement] }

        /// Whether any of them rest on synthetic or propagated inputs.
        var isMadeUp: Bool { sources.contains { $0?.isMadeUp ?? false } }
    }

    /// Returns a map with consumers refitted to the moments, wherever these are known.
    func matchingMoments(of map: ChannelMap) throws -> Match {
        let known = try groupMoments(of: map)
        var sources: Set<MomentSource?> = []
        let matched = try map.replacingConsumers { consumer in
            guard let layer = try layer(of: consumer),
                let (moments, source) = try known.read(by: layer)
            else {
                sources.insert(nil)
                return consumer
            }
            let matched = try MatchedConsumer(
                weights: layer.summedWeights(in: graph), moments: moments, hasBias: layer.bias != nil)
            sources.insert(source)
            return ChannelMap.Consumer(
                parameter: consumer.parameter, axis: consumer.axis,
                matrix: try SparseMatrix(
                    dense: matched.matrix.doubles(), rows: map.width, columns: map.kept.count),
                gain: matched.gain, shift: layer.bias == nil ? nil : matched.shift,
                source: ChannelMap.Consumer.Basis(source))
        }
        return Match(map: matched, sources: sources)
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
    func merging() throws -> GroupMoments.Merging {
        try GroupMoments.Merging(
            producer: Tensor(producer), perChannel: Tensor(perChannel),
            selected: isSelection && perChannel == producer ? kept : nil)
    }
}

extension Tensor {
    /// A sparse matrix as a dense tensor in double precision.
    init(_ matrix: SparseMatrix) throws {
        try self.init(matrix.dense(), shape: [matrix.rows, matrix.columns])
    }
}
