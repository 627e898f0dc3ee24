public import Analysis
public import Coupling
internal import Graph
internal import Torch

/// The nuclear norm of its feature map that goes with each channel, averaged over images.
///
/// The feature map of a producer is its node's output after the batch-norm, activation and other elementwise
/// nodes that follow, as long as a single node reads it: after `conv, bn, relu` it is the rectified map,
/// before a residual sum the summand.
public struct ChannelIndependence: NetworkMeasurement {
    /// Per producer and channel, the mean over images of the nuclear norm that goes with the channel.
    public let losses: [MemberReference: [Double]]

    /// The channels of one producer on the map that it makes.
    private struct Site {
        let producer: MemberReference
        let value: ValueID
        let axis: Int
        let channels: [[Int]]
    }

    public init(_ network: AnalysedNetwork, on images: ScoringImages) throws {
        let graph = network.graph
        var sites: [Site] = []
        for member in network.coupling.groups.flatMap({ $0.members(.producer) }) {
            for place in try network.occurrences(of: member) where place.axis > 0 {
                sites.append(
                    Site(
                        producer: MemberReference(member),
                        value: try network.activated(place.value),
                        axis: place.axis, channels: place.channels))
            }
        }
        var sums: [MemberReference: [Double]] = [:]
        var maps: [MemberReference: Int] = [:]
        let executor = try Executor(graph, device: images.device)
        try images.forEachBatch(for: graph) { batch, _ in
            let values = try executor.compute(
                Set(sites.map(\.value)).sorted(), from: [graph.inputs[0]: batch])
            for site in sites {
                guard let value = values[site.value] else { continue }
                let found = try NuclearNormLoss.sums(
                    Self.matrices(value, channelAxis: site.axis), channels: site.channels)
                sums[site.producer] = sums[site.producer].map { zip($0, found).map(+) } ?? found
                maps[site.producer, default: 0] += value.shape[0]
            }
        }
        losses = sums.reduce(into: [:]) { result, entry in
            result[entry.key] = entry.value.map { $0 / Double(maps[entry.key] ?? 1) }
        }
    }

    /// Returns a map `[n, ...]` as matrices `[n, lanes, positions]`.
    private static func matrices(_ map: Tensor, channelAxis: Int) throws -> Tensor {
        let rest = map.shape.indices.filter { $0 != 0 && $0 != channelAxis }
        return try map.permuted([0, channelAxis] + rest)
            .reshaped([map.shape[0], map.shape[channelAxis], rest.reduce(1) { $0 * map.shape[$1] }])
    }
}

extension AnalysedNetwork {
    /// Follows a value through the elementwise nodes after it, as long as a single node reads it.
    fileprivate func activated(_ value: ValueID) throws -> ValueID {
        var current = value
        while let reader = readers[current]?.first, readers[current]?.count == 1,
            !graph.outputs.contains(current)
        {
            let node = graph[reader]
            let inputs = node.inputs.enumerated().filter { entry in
                entry.element.map { graph[$0].tensor == nil } ?? false
            }
            guard inputs.count == 1, let output = node.outputs.first, node.outputs.count == 1,
                graph[output].type.shape == graph[current].type.shape
            else { return current }
            let links = try links(of: reader)
            let index = inputs[0].offset
            let keepsElements = graph[current].type.shape.indices.allSatisfy { axis in
                links.contains {
                    $0.lanes == nil
                        && Set([$0.first, $0.second]) == [.input(index, axis), .output(0, axis)]
                }
            }
            guard keepsElements else { return current }
            current = output
        }
        return current
    }
}
