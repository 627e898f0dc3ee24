import Graph
import Torch

/// Means that exporters write as a sum and a division by the number of terms.
///
/// A mean adapts when channels are removed; the number in a division would have to be changed.
extension GraphImporter {
    /// How far a factor may be from the reciprocal of the count.
    private static let tolerance = 1e-4

    /// Returns the replacement for one half of such a mean; nil for any other node.
    mutating func mean(for node: Onnx_NodeProto) throws -> NodeInliner.Expansion? {
        guard node.isStandard, node.output.count == 1 else { return nil }
        if divisions.contains(node.output[0]) {
            var identity = node
            identity.opType = "Identity"
            identity.attribute = []
            identity.input = node.input.filter { values[$0].map { graph[$0].tensor == nil } ?? false }
            return NodeInliner.Expansion(nodes: [identity])
        }
        guard node.opType == "ReduceSum", let reader = onlyReader(of: node.output[0]),
            let input = node.input.first.flatMap({ values[$0] }),
            let axes = try axes(of: node), graph[input].type.element.isFloatingPoint,
            let count = count(of: axes, in: graph[input].type.shape),
            try isDivision(reader, by: count, of: node.output[0])
        else { return nil }
        divisions.insert(reader.output[0])
        var mean = node
        mean.opType = "ReduceMean"
        mean.attribute.removeAll { $0.name == "noop_with_empty_axes" || $0.name == "axes" }
        if operatorSet < 18 {
            mean.input = Array(node.input.prefix(1))
            mean.attribute.append(try AttributeWriter.attribute("axes", .integers(axes)))
        }
        return NodeInliner.Expansion(nodes: [mean])
    }

    private func onlyReader(of name: String) -> Onnx_NodeProto? {
        guard let all = readers[name], all.count == 1, all[0].isStandard, all[0].output.count == 1,
            all[0].input.count == 2, !model.graph.output.contains(where: { $0.name == name })
        else { return nil }
        return all[0]
    }

    /// Returns the axes that a sum names; nil if they are unknown or none are named.
    private func axes(of node: Onnx_NodeProto) throws -> [Int]? {
        let axes =
            if node.input.count > 1 {
                try values[node.input[1]].flatMap { graph[$0].known }?.integers()
            } else {
                node.attribute.first { $0.name == "axes" }?.ints.map { Int($0) }
            }
        return axes?.isEmpty == false ? axes : nil
    }

    private func count(of axes: [Int], in shape: [Int]) -> Int? {
        let positions = axes.map { $0 < 0 ? $0 &+ shape.count : $0 }
        guard positions.allSatisfy(shape.indices.contains) else { return nil }
        return TensorType(.float32, positions.map { shape[$0] }).count
    }

    private func isDivision(_ node: Onnx_NodeProto, by count: Int, of name: String) throws -> Bool {
        guard let index = node.input.firstIndex(where: { $0 != name }), node.input[1 - index] == name,
            let factor = values[node.input[index]].flatMap({ graph[$0].tensor }), factor.count == 1,
            // A factor with more axes than the sum would add axes.
            factor.rank == 0, count > 0
        else { return false }
        let value = try factor.scalar()
        let ratio =
            switch node.opType {
            case "Mul": value * Double(count)
            case "Div" where index == 1: value / Double(count)
            default: 0.0
            }
        return abs(ratio - 1) <= Self.tolerance
    }

    /// Returns the nodes that read each value of a model's graph, where it has an operator whose replacement depends on that.
    static func readers(in graph: Onnx_GraphProto) -> [String: [Onnx_NodeProto]] {
        guard graph.node.contains(where: { ["ReduceSum", "MatMulNBits"].contains($0.opType) }) else {
            return [:]
        }
        var result: [String: [Onnx_NodeProto]] = [:]
        for node in graph.node {
            for name in Set(node.input + CapturedNames(node).names) { result[name, default: []].append(node) }
        }
        return result
    }
}
