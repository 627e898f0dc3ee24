public import Analysis
public import Coupling
internal import Graph
internal import Torch

/// The mean absolute value of every lane that a consumer reads, over all images and all positions of the map.
public struct InputMagnitudes: NetworkMeasurement {
    /// Per consumer, channel and position on its axis, the mean absolute input.
    ///
    /// A weight that meets several lanes at one position (in the groups of a grouped convolution, or if
    /// several nodes use it) gets the mean over them.
    public let magnitudes: [MemberReference: [[Double]]]

    /// One axis of one value.
    private struct Site: Hashable {
        let value: ValueID
        let axis: Int
    }

    public init(_ network: AnalysedNetwork, on images: ScoringImages) throws {
        let graph = network.graph
        var places: [MemberReference: [MemberOccurrence]] = [:]
        for member in network.coupling.groups.flatMap({ $0.members(.consumer) }) {
            places[MemberReference(member)] = try network.occurrences(of: member)
        }
        let sites = Set(places.values.joined().map { Site(value: $0.value, axis: $0.axis) })
        var sums: [Site: [Double]] = [:]
        let runs = Double(images.count / images.runSize)
        let executor = try Executor(graph, device: images.device)
        try images.forEachBatch(for: graph) { batch, _ in
            let values = try executor.compute(
                Set(sites.map(\.value)).sorted(), from: [graph.inputs[0]: batch])
            for site in sites {
                guard let value = values[site.value] else { continue }
                let others = value.shape.indices.filter { $0 != site.axis }
                let means = try value.converted(to: .float64).applying(.absolute)
                    .reduced(.mean, axes: others).doubles()
                sums[site] = sums[site].map { zip($0, means).map(+) } ?? means
            }
        }
        magnitudes = places.mapValues { occurrences in
            guard let first = occurrences.first else { return [] }
            return first.lanes.indices.map { channel in
                first.lanes[channel].indices.map { position in
                    let inputs = occurrences.flatMap { place in
                        let means = sums[Site(value: place.value, axis: place.axis)] ?? []
                        return place.lanes[channel][position].map { means[$0] / runs }
                    }
                    return inputs.reduce(0, +) / Double(max(inputs.count, 1))
                }
            }
        }
    }
}
