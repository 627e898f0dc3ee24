import Foundation
import Graph
import Operators
import Torch

/// Convolutions along channels: efficient channel attention mixes each channel's mean with those of its
/// neighbours.
extension GraphImporter {
    /// Operators that only rearrange the means of channels.
    private static let arrangements: Set = [
        "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose", "Identity",
    ]
    /// Operators that reduce each channel to one number.
    private static let poolings: Set = ["GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "ReduceMax"]
    /// More nodes than there are between a pooling and its convolution.
    private static let greatestDistance = 8

    /// Returns the replacement for a convolution along channels; nil for any other node.
    ///
    /// Other convolutions run along lengths, which a model may leave open.
    func neighbours(_ node: Onnx_NodeProto) throws -> NodeInliner.Expansion? {
        guard node.opType == "Conv", node.isStandard, node.output.count == 1, node.input.count >= 2,
            let input = values[node.input[0]], let weight = values[node.input[1]],
            graph[weight].type.shape.prefix(2) == [1, 1], graph[weight].type.shape.count == 3,
            graph[input].type.shape.count == 3, graph[input].type.shape[1] == 1,
            let length = graph[input].type.shape.last, length > 1, areChannels(input)
        else { return nil }
        var expansion = NodeInliner.Expansion()
        var message = Onnx_TensorProto()
        message.name = "\(node.output[0])/places"
        let places = try Tensor(Array(0..<length))
        AttributeWriter.describe(places, in: &message)
        message.rawData = Data(try places.bytes())
        var inner = node
        (inner.opType, inner.domain) = (NeighbourConv.type, NeighbourConv.domain)
        inner.attribute.append(try AttributeWriter.attribute(NeighbourConv.lengthName, .integer(length)))
        while inner.input.count < NeighbourConv.placesInput { inner.input.append("") }
        inner.input.append(message.name)
        let types = try inner.input.map { name in
            name == message.name ? places.tensorType : values[name].map { graph[$0].type }
        }
        // A convolution that changes the number of channels stays one.
        guard let op = try? neighbourConvolution(inner),
            (try? op.inferredTypes(OperatorInputs(types: types))) != nil
        else { return nil }
        (expansion.nodes, expansion.initialisers) = ([inner], [message])
        return expansion
    }

    /// Makes the operator of such a node.
    func neighbourConvolution(_ node: Onnx_NodeProto) throws -> NeighbourConv {
        try NeighbourConv(
            attributes: AttributeReader.attributes(node, external: external),
            signature: OperatorSignature(operatorSet: operatorSet, inputCount: node.input.count))
    }

    /// Whether a node of a graph is a convolution along channels.
    static func isNeighbourConvolution(_ node: Onnx_NodeProto) -> Bool {
        node.domain == NeighbourConv.domain && node.opType == NeighbourConv.type
    }

    /// Whether a value is a rearranged output of a pooling of channels.
    private func areChannels(_ value: ValueID) -> Bool {
        var value = value
        for _ in 0..<Self.greatestDistance {
            guard case .node(let id) = graph[value].origin, let first = graph[id].inputs.first.flatMap({ $0 })
            else { return false }
            let type = graph[id].op.typeName
            if Self.poolings.contains(type) {
                let (before, after) = (graph[first].type.shape, graph[value].type.shape)
                // One number per channel means that the number of channels is unchanged.
                return before.count > 2 && before[0] == after[0]
                    && TensorType(.float32, after).count.map { $0 == before[0] * before[1] } == true
            }
            guard Self.arrangements.contains(type) else { return false }
            value = first
        }
        return false
    }
}
