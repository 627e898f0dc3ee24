public import Analysis
internal import Synchronization

/// All measurements of a network besides its weights, each made once.
///
/// Measurements belong to the network asked about. For another network than the last time (a plan has
/// compressed a group in between) they are repeated; only those of one network are kept.
public final class NetworkStatistics: Sendable {
    /// The images; nil if there are none.
    public let images: ScoringImages?
    /// The original network, whose moments and batch-norms criteria use; nil is the scored one.
    public let network: AnalysedNetwork?

    private struct Cache {
        let network: AnalysedNetwork
        var measurements: [ObjectIdentifier: any NetworkMeasurement] = [:]
    }

    private let cache = Mutex<Cache?>(nil)

    /// Gathers what to measure on.
    public init(images: ScoringImages? = nil, network: AnalysedNetwork? = nil) {
        self.images = images
        self.network = network
    }

    /// Returns a measurement of a network, made on the first request.
    ///
    /// - Parameters:
    ///   - type: The measurement.
    ///   - network: The network.
    ///   - criterion: The criterion that asks, for the error message if there are no images.
    /// - Throws: `ImportanceError` if there are no images, and errors of the measurement.
    public func measurement<Measurement: NetworkMeasurement>(
        _ type: Measurement.Type, of network: AnalysedNetwork, for criterion: any ImportanceCriterion.Type
    ) throws -> Measurement {
        guard let images else { throw ImportanceError.noImages(for: criterion) }
        return try cache.withLock { cache in
            let key = ObjectIdentifier(type)
            var current =
                cache.flatMap { $0.network.isIdentical(to: network) ? $0 : nil } ?? Cache(network: network)
            if let known = current.measurements[key] as? Measurement { return known }
            let made = try Measurement(network, on: images)
            current.measurements[key] = made
            cache = current
            return made
        }
    }
}

extension ImportanceError {
    /// The error for a criterion that needs images and has none.
    static func noImages(for criterion: any ImportanceCriterion.Type) -> ImportanceError {
        ImportanceError(
            "\(criterion.name) needs labelled training images: give their folder with --data and their number with --batches (in code, pass ScoringImages to the scorer)"
        )
    }
}
