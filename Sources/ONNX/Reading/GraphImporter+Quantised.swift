import Foundation
import Graph
import Torch

/// Operators on quantised tensors, read as the plain operator between DequantizeLinear and QuantizeLinear.
///
/// So their weights are ordinary numbers, and a changed network is written in this form, in which runtimes
/// recognise the quantised operators.
extension GraphImporter {
    /// The inputs of a node that are the scale and zero point of a quantised tensor.
    private struct Operand {
        let value: Int
        let scale: Int
        let zero: Int
        /// The axis with a scale for each position, if there are several.
        var axis = 1
    }

    /// How an operator on quantised tensors is composed.
    private struct Form {
        let type: String
        let operands: [Operand]
        /// The output's scale and zero point.
        var output: (scale: Int, zero: Int)
        /// The input of 32-bit integers whose scale is the product of the first two operands'.
        var bias: Int?
        /// Whether the second operand is a layer's weight.
        var hasWeight: Bool { ["Conv", "MatMul", "Gemm"].contains(type) }
        /// Attributes without meaning for the plain operator, and the values they must have.
        var fixed: [String: Int64] = [:]
    }

    /// The first version of the standard with one scale for each position of an axis.
    private static let perAxisVersion = 13
    private static let microsoft = "com.microsoft"

    /// Returns the replacement for an operator on quantised tensors; nil for any other node, or if its scales
    /// or weights are not stored.
    func quantised(_ node: Onnx_NodeProto) throws -> NodeInliner.Expansion? {
        guard node.output.count == 1, let form = form(of: node), operatorSet >= 10,
            node.input.indices.contains(form.output.zero), !node.input[form.output.zero].isEmpty,
            let output = stored(node, form.output.scale), output.count == 1,
            stored(node, form.output.zero) != nil
        else { return nil }
        var expansion = NodeInliner.Expansion()
        var (inputs, scales): ([String], [Tensor]) = ([], [])
        let parts = form.hasWeight ? ["input", "weight", "bias"] : []
        func name(_ part: String) -> String { "\(node.output[0])/\(part)" }
        func dequantise(_ value: String, _ scale: String, _ zero: String, axis: Int, isSpread: Bool) throws {
            var made = Onnx_NodeProto()
            made.opType = "DequantizeLinear"
            made.name = name("dequantise\(inputs.count)")
            made.input = zero.isEmpty ? [value, scale] : [value, scale, zero]
            made.output = [
                name(parts.indices.contains(inputs.count) ? parts[inputs.count] : "operand\(inputs.count)")
            ]
            if isSpread { made.attribute = [try AttributeWriter.attribute("axis", .integer(axis))] }
            expansion.nodes.append(made)
            inputs += made.output
        }
        for operand in form.operands {
            guard let scale = stored(node, operand.scale),
                scale.count == 1 || operatorSet >= Self.perAxisVersion
            else { return nil }
            scales.append(scale)
            try dequantise(
                node.input[operand.value], node.input[operand.scale],
                node.input.indices.contains(operand.zero) ? node.input[operand.zero] : "", axis: operand.axis,
                isSpread: scale.count > 1)
        }
        if let bias = form.bias, node.input.indices.contains(bias), !node.input[bias].isEmpty {
            let scale = try scales[1].multiplied(by: scales[0].reshaped([])).converted(to: scales[1].type)
            var message = Onnx_TensorProto()
            message.name = name("bias_scale")
            AttributeWriter.describe(scale, in: &message)
            message.rawData = Data(try scale.bytes())
            expansion.initialisers.append(message)
            try dequantise(node.input[bias], message.name, "", axis: 0, isSpread: scale.count > 1)
        }
        var inner = node
        (inner.opType, inner.domain, inner.input, inner.output) = (form.type, "", inputs, [name("result")])
        inner.attribute.removeAll { form.fixed[$0.name] != nil }
        var quantise = Onnx_NodeProto()
        (quantise.opType, quantise.name) = ("QuantizeLinear", name("quantise"))
        quantise.input = [name("result"), node.input[form.output.scale], node.input[form.output.zero]]
        quantise.output = node.output
        expansion.nodes += [inner, quantise]
        return expansion
    }

    private func stored(_ node: Onnx_NodeProto, _ index: Int) -> Tensor? {
        guard node.input.indices.contains(index) else { return nil }
        return values[node.input[index]].flatMap { graph[$0].tensor }
    }

    private func form(of node: Onnx_NodeProto) -> Form? {
        let first = Operand(value: 0, scale: 1, zero: 2)
        let form: Form? =
            switch (node.isStandard ? "" : node.domain, node.opType) {
            case ("", "QLinearConv") where stored(node, 3) != nil:
                Form(
                    type: "Conv", operands: [first, Operand(value: 3, scale: 4, zero: 5, axis: 0)],
                    output: (6, 7),
                    bias: 8)
            case ("", "QLinearMatMul") where stored(node, 3)?.rank == 2:
                Form(type: "MatMul", operands: [first, Operand(value: 3, scale: 4, zero: 5)], output: (6, 7))
            case (Self.microsoft, "QLinearAdd"), (Self.microsoft, "QLinearMul"):
                Form(
                    type: node.opType == "QLinearAdd" ? "Add" : "Mul",
                    operands: [first, Operand(value: 3, scale: 4, zero: 5)], output: (6, 7))
            case (Self.microsoft, "QLinearGlobalAveragePool"):
                Form(
                    type: "GlobalAveragePool", operands: [first], output: (3, 4), fixed: ["channels_last": 0])
            case (Self.microsoft, "QLinearAveragePool"):
                Form(type: "AveragePool", operands: [first], output: (3, 4), fixed: ["channels_last": 0])
            case (Self.microsoft, "QLinearLeakyRelu"):
                Form(type: "LeakyRelu", operands: [first], output: (3, 4))
            case (Self.microsoft, "QLinearSigmoid"):
                Form(type: "Sigmoid", operands: [first], output: (3, 4))
            case (Self.microsoft, "QLinearConcat"):
                Form(
                    type: "Concat",
                    operands: stride(from: 2, to: node.input.count - 2, by: 3).map {
                        Operand(value: $0, scale: $0 + 1, zero: $0 + 2)
                    }, output: (0, 1))
            case (Self.microsoft, "QGemm")
            where node.attribute.allSatisfy({ $0.name != "alpha" || $0.f == 1 }):
                Form(
                    type: "Gemm",
                    operands: [
                        first, Operand(value: 3, scale: 4, zero: 5, axis: isTransposed(node) ? 0 : 1),
                    ],
                    output: (7, 8), bias: 6)
            default: nil
            }
        guard let form,
            form.fixed.allSatisfy({ name, value in
                node.attribute.allSatisfy { $0.name != name || $0.i == value }
            })
        else { return nil }
        return form
    }

    /// Whether a Gemm's weight has its outputs on the first axis.
    private func isTransposed(_ node: Onnx_NodeProto) -> Bool {
        node.attribute.contains { $0.name == "transB" && $0.i != 0 }
    }
}
