public import Graph
internal import Torch

/// What is known, without any data, about the distribution of each channel of a network's values.
///
/// A batch-norm tells the moments of its output (mean = shift, deviation = |scale|) and of its input (the running
/// statistics). Values are named, so that what is known outlives changes of the graph.
public struct NetworkMoments: Sendable {
    /// The moments of one value's channels.
    public struct Channels: Sendable, Equatable {
        /// One mean per channel.
        public let mean: [Double]
        /// One deviation per channel, not negative.
        public let deviation: [Double]

        /// Takes moments as they are.
        package init(mean: [Double], deviation: [Double]) {
            self.mean = mean
            self.deviation = deviation
        }
    }

    /// The moments by the name of the value.
    public private(set) var channels: [String: Channels] = [:]

    /// Reads the moments out of a network's batch-norms.
    ///
    /// - Parameters:
    ///   - graph: The network as it was trained.
    ///   - folded: The network with its batch-norms folded: where one is gone, its output is that of the layer before.
    /// - Throws: `TorchError` where the statistics cannot be read.
    public init(batchNormsOf graph: Graph, foldedInto folded: Graph) throws {
        for id in graph.nodeIDs {
            let node = graph[id]
            guard case .normalisation = try node.op.channelEffect(graph.operatorInputs(node.inputs)),
                let input = node.inputs.first ?? nil, let output = node.outputs.first
            else { continue }
            let statistics = try node.inputs[1...4].map {
                try $0.flatMap { graph[$0].tensor }?.doubles() ?? []
            }
            let (scale, shift, mean, variance) = (statistics[0], statistics[1], statistics[2], statistics[3])
            guard !scale.isEmpty,
                statistics.allSatisfy({ $0.count == scale.count && $0.allSatisfy(\.isFinite) })
            else { continue }
            let after = Channels(mean: shift, deviation: scale.map(\.magnitude))
            if folded.value(named: graph[output].name) != nil {
                channels[graph[output].name] = after
                channels[graph[input].name] = Channels(
                    mean: mean, deviation: variance.map { max($0, 0).squareRoot() })
            } else {
                channels[graph[input].name] = after
            }
        }
    }

    /// Returns the moments with those of some values replaced, by their names.
    package func replacing(_ changed: [String: Channels]) -> NetworkMoments {
        var copy = self
        copy.channels.merge(changed) { $1 }
        return copy
    }
}
