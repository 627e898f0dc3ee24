internal import Analysis
internal import Compression
public import Graph
internal import Operators
internal import Torch

/// The network on which the published code takes gradients.
///
/// It folds batch-norms without epsilon and leaves them behind as identities (mean 0, variance 1, epsilon 1e-5), which
/// make every map smaller by 5e-6. Gradients jump where a rectifier's input changes its sign: without that factor some
/// hundred of the inputs of 640 images do, and single scores move by up to 0.7 %.
public enum PublishedNetwork {
    /// One input of a rectifier that the published code saw on the other side of zero.
    public struct Nudge: Sendable {
        /// The batch-norm in front of the rectifier.
        public let node: String
        /// Channel, row and column of the map.
        public let position: (channel: Int, row: Int, column: Int)
        /// What is added there, to every image.
        public let offset: Float

        /// Moves one position of a map.
        public init(node: String, position: (channel: Int, row: Int, column: Int), offset: Float) {
            self.node = node
            self.position = position
            self.offset = offset
        }
    }

    /// Of the 97 million rectified inputs of the reference run's 640 images this one, 7e-7 in double precision and here,
    /// was not positive there: with it moved by -2e-6, every score agrees to 1e-4, without it channel 484 of group 3 is off
    /// by 6e-3.
    public static let publishedNudge = Nudge(
        node: "features.16", position: (channel: 484, row: 1, column: 0), offset: -2e-6)

    /// Folds a network as the published code does.
    ///
    /// - Parameters:
    ///   - graph: The network; its convolutions have biases.
    ///   - nudge: A rectifier's input to move.
    public static func folded(_ graph: Graph, nudge: Nudge? = nil) throws -> Graph {
        let folded = try BatchNormFolding.reference.folded(graph)
        var tensors: [ValueID: Tensor] = [:]
        for id in folded.parameters {
            if let own = graph.value(named: folded[id].name) { tensors[own] = folded[id].tensor }
        }
        for node in graph.nodes where node.type == "BatchNormalization" {
            for (input, value) in zip(node.inputs.dropFirst(), [1.0, 0, 0, 1]) {
                guard let input else { continue }
                tensors[input] = try Tensor(repeating: value, shape: graph[input].type.shape)
            }
        }
        let identities = try graph.replacing(parameters: tensors)
        return try nudge.map { try nudged(identities, $0) } ?? identities
    }

    /// Adds a map of zeros with one other number behind a node.
    private static func nudged(_ graph: Graph, _ nudge: Nudge) throws -> Graph {
        var copy = Graph(name: graph.name)
        var ids: [ValueID: ValueID] = [:]
        for id in graph.valueIDs {
            switch graph[id].origin {
            case .input: ids[id] = try copy.addInput(graph[id].name, graph[id].type)
            case .parameter(let tensor): ids[id] = try copy.addParameter(graph[id].name, tensor)
            case .node: break
            }
        }
        for node in graph.nodes {
            let outputs = try copy.addNode(
                node.op, node.inputs.map { $0.flatMap { ids[$0] } }, name: node.name,
                outputNames: node.outputs.map { graph[$0].name })
            for (old, new) in zip(node.outputs, outputs) { ids[old] = new }
            guard node.name == nudge.node else { continue }
            let shape = Array(graph[node.outputs[0]].type.shape.dropFirst())
            var offsets = [Float](repeating: 0, count: shape.reduce(1, *))
            offsets[
                (nudge.position.channel * shape[1] + nudge.position.row) * shape[2] + nudge.position.column] =
                nudge.offset
            let addend = try copy.addParameter("nudge", Tensor(offsets, shape: shape))
            let add = try OperatorRegistry.make("Add", inputCount: 2, outputCount: 1)
            ids[node.outputs[0]] = try copy.addNode(add, [outputs[0], addend], name: "nudged")[0]
        }
        copy.setOutputs(graph.outputs.compactMap { ids[$0] })
        try copy.verify()
        return copy
    }
}
