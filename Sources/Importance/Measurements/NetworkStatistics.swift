public import Graph
public import Moments
internal import Synchronization

/// What is measured about a network besides its weights, each thing once.
///
/// Measurements are those of the network that is asked about. Where that is another one than the last time (a
/// plan has compressed a group in between), they are made anew; those of one network are kept at a time.
public final class NetworkStatistics: Sendable {
    /// The images; nil where there are none.
    public let images: ScoringImages?
    /// The network before its batch-norms were folded; nil where it still is the one that is scored.
    public let original: Graph?
    /// What is known of the activations; nil where criteria are left to the batch-norms.
    public let moments: NetworkMoments?

    private struct Cache {
        let graph: Graph
        var measurements: [ObjectIdentifier: any NetworkMeasurement] = [:]
    }

    private let cache = Mutex<Cache?>(nil)

    /// Gathers what there is to measure on.
    public init(images: ScoringImages? = nil, original: Graph? = nil, moments: NetworkMoments? = nil) {
        self.images = images
        self.original = original
        self.moments = moments
    }

    /// Returns a measurement of a network, made at the first request.
    ///
    /// - Parameters:
    ///   - type: What is measured.
    ///   - graph: The network.
    ///   - criterion: Who asks, for the message where there are no images.
    /// - Throws: `ImportanceError` where there are no images; what the measurement throws.
    public func measurement<Measurement: NetworkMeasurement>(
        _ type: Measurement.Type, of graph: Graph, for criterion: any ImportanceCriterion.Type
    ) throws -> Measurement {
        guard let images else { throw ImportanceError.noImages(for: criterion) }
        return try cache.withLock { cache in
            let key = ObjectIdentifier(type)
            var current = cache.flatMap { $0.graph.isIdentical(to: graph) ? $0 : nil } ?? Cache(graph: graph)
            if let known = current.measurements[key] as? Measurement { return known }
            let made = try Measurement(graph, on: images)
            current.measurements[key] = made
            cache = current
            return made
        }
    }
}

extension ImportanceError {
    /// What a criterion says that looks at images and has none.
    static func noImages(for criterion: any ImportanceCriterion.Type) -> ImportanceError {
        ImportanceError(
            "\(criterion.name) looks at labelled training images and got none: name their folder with --data and their number with --batches (in code, give the scorer ScoringImages)"
        )
    }
}
