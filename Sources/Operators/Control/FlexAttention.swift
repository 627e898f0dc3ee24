package import Graph
package import Torch

/// Attention with subgraphs that modify scores and probabilities: prob_mod(softmax(score_mod(scale Q K^T)))
/// V.
///
/// Queries, keys and values are [n, heads, positions, length]; a head of keys and values may serve several of queries.
package struct FlexAttention: ControlOperator {
    package static let type = "FlexAttention"
    package static let domain = "ai.onnx.preview"

    private let scoreChange: (any Subgraph)?
    private let shareChange: (any Subgraph)?
    private let scale: Float?
    private let precision: DType?

    package init(
        attributes: Attributes, subgraphs: [String: any Subgraph], capturedCount: Int,
        signature: OperatorSignature
    ) throws {
        scale = try attributes.optionalFloat("scale")
        precision = try attributes.elementType("softmax_precision")
        scoreChange = subgraphs["score_mod"]
        shareChange = subgraphs["prob_mod"]
        let known = [scoreChange, shareChange].compactMap { $0 }
        guard known.count == subgraphs.count, known.allSatisfy({ $0.inputCount == 1 && $0.outputCount == 1 }),
            signature.inputCount == capturedCount + 3, precision?.isFloatingPoint ?? true
        else { throw GraphError("score_mod and prob_mod must be graphs of one input and one output") }
    }

    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        ControlFlow.unknownTypes(1, inputs)
    }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (query, key, value) = (try inputs.required(0), try inputs.required(1), try inputs.required(2))
        let heads = try AttentionHeads(query: query.shape, key: key.shape, value: value.shape, heads: nil)
        let captured = Array(inputs.dropFirst(3))
        let factor = (scale.map { Double($0) } ?? 1 / Double(max(heads.length, 1)).squareRoot()).squareRoot()
        let type = precision ?? (query.type == .float64 ? .float64 : .float32)
        var scores = try query.inSinglePrecision().applying(.multiplied(factor)).matrixMultiplied(
            by: heads.shared(key, length: heads.length).inSinglePrecision().applying(.multiplied(factor))
                .permuted([0, 1, 3, 2])
        ).converted(to: type)
        scores = try changed(scores, by: scoreChange, captured)
        let shares = try changed(
            scores.inSinglePrecision().softmax(axis: 3).converted(to: type), by: shareChange, captured)
        return [
            try shares.inSinglePrecision().matrixMultiplied(
                by: heads.shared(value, length: heads.valueLength).converted(
                    to: shares.inSinglePrecision().type)
            ).converted(to: value.type)
        ]
    }

    private func changed(_ tensor: Tensor, by graph: (any Subgraph)?, _ captured: [Tensor?]) throws -> Tensor
    {
        guard let graph else { return tensor }
        let outputs = try graph.run([tensor], captured: captured)
        guard outputs.count == 1, outputs[0].tensorType == tensor.tensorType else {
            throw GraphError("a graph has changed more than the elements of the scores")
        }
        return outputs[0]
    }
}
