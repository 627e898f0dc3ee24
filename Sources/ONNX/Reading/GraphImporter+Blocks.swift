import Graph
import Operators
import Torch

/// Products with weights of a few bits, read as the plain product with a dequantised weight.
extension GraphImporter {
    /// Codes of fewer bits than this would take too much memory as numbers for what their file takes.
    private static let leastBits = 4

    /// Returns the replacement for a MatMulNBits whose weight is stored for it alone; nil for any other node.
    ///
    /// In models with choices, loops or functions of their own such products stay what they are: what is in a branch would be
    /// written elsewhere.
    mutating func blockQuantised(_ node: Onnx_NodeProto) throws -> NodeInliner.Expansion? {
        guard node.opType == "MatMulNBits", isFlat, node.domain == BlockQuantisedWeight.domain,
            node.output.count == 1,
            (3...6).contains(node.input.count)
        else { return nil }
        let inputs = node.input + [String](repeating: "", count: 6 - node.input.count)
        let attributes = try AttributeReader.attributes(node, external: external)
        guard
            let layout = try? BlockDequantisation(
                attributes: attributes, signature: OperatorSignature(inputCount: node.input.count)
            ).layout,
            layout.bits >= Self.leastBits, inputs[4].isEmpty,
            try attributes.integer("weight_prepacked", default: 0) == 0,
            let input = values[inputs[0]], let scales = values[inputs[2]].flatMap({ graph[$0].tensor }),
            graph[input].type.element == scales.type, graph[input].type.shape.last == layout.columns
        else { return nil }
        // What others read too would be stored twice, and numbers take eight times the memory of codes.
        let (bytes, overflow) = layout.rows.multipliedReportingOverflow(by: 4 * layout.columns)
        guard !overflow, bytes <= MemoryLimit.bytes - unpackedBytes else { return nil }
        let stored = [inputs[1], inputs[2], inputs[3]].filter { !$0.isEmpty }
        let outputs = Set(model.graph.output.map(\.name))
        guard
            stored.allSatisfy({ name in
                values[name].flatMap { graph[$0].tensor } != nil && readers[name]?.count == 1
                    && !outputs.contains(name)
            })
        else { return nil }
        func free(_ name: String) -> String {
            var name = name
            while values[name] != nil || readers[name] != nil || outputs.contains(name) { name += "_" }
            return name
        }
        var dequantise = Onnx_NodeProto()
        (dequantise.opType, dequantise.domain) = (BlockDequantisation.type, BlockDequantisation.domain)
        dequantise.name = "\(node.label)/weight"
        dequantise.input = stored
        dequantise.output = [free("\(node.output[0])/weight")]
        // The whole node is kept: its attributes are written again.
        dequantise.attribute = node.attribute
        guard
            (try? BlockDequantisation(layout).inferredTypes(
                OperatorInputs(types: stored.map { values[$0].map { graph[$0].type } }))) != nil
        else { return nil }
        unpackedBytes += bytes
        var product = Onnx_NodeProto()
        (product.opType, product.name) = ("MatMul", node.name)
        product.input = [inputs[0], dequantise.output[0]]
        product.output = node.output
        guard !inputs[5].isEmpty else {
            return NodeInliner.Expansion(nodes: [dequantise, product])
        }
        product.output = [free("\(node.output[0])/product")]
        var sum = Onnx_NodeProto()
        (sum.opType, sum.name) = ("Add", "\(node.label)/bias")
        sum.input = [product.output[0], inputs[5]]
        sum.output = node.output
        return NodeInliner.Expansion(nodes: [dequantise, product, sum])
    }

    /// Whether a node of a graph is a weight of a few bits.
    static func isBlockDequantisation(_ node: Onnx_NodeProto) -> Bool {
        node.domain == BlockDequantisation.domain && node.opType == BlockDequantisation.type
    }
}
