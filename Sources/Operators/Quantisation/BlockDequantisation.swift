package import Graph
package import Torch

/// The weight [columns, rows] of a product whose file stores it as codes of a few bits, `BlockQuantisation`.
///
/// The inputs are the codes [rows, blocks, bytes], the scales and, optionally, the packed zero points. It exists in graphs only,
/// in which it is computed as soon as it is read; in a file it is part of MatMulNBits.
package struct BlockDequantisation: Operator {
    package static let type = "BlockDequantisation"
    /// Its own domain keeps it apart from nodes of files.
    package static let domain = BranchChoice.domain

    /// How the codes are arranged.
    package let layout: BlockQuantisation

    package init(_ layout: BlockQuantisation) {
        self.layout = layout
    }

    package init(attributes: Attributes, signature: OperatorSignature) throws {
        layout = try BlockQuantisation(
            rows: attributes.integer("N", default: 0), columns: attributes.integer("K", default: 0),
            bits: attributes.integer("bits", default: 4),
            blockSize: attributes.integer("block_size", default: 0))
    }

    package var attributes: Attributes {
        [
            "K": .integer(layout.columns), "N": .integer(layout.rows),
            "block_size": .integer(layout.blockSize), "bits": .integer(layout.bits),
        ]
    }

    package func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (codes, scales) = (try inputs.type(0), try inputs.type(1))
        try codes.requireElement(.uint8, "the codes")
        try codes.requireShape(layout.codesShape, "the codes")
        guard scales.element.isFloatingPoint,
            scales.count == Checked.saturatingProduct([layout.rows, layout.blocks])
        else { throw GraphError("scales \(scales) do not fit \(layout.rows) x \(layout.blocks) blocks") }
        if let zeros = inputs.optionalType(2) {
            try zeros.requireElement(.uint8, "the zero points")
            guard zeros.count == Checked.saturatingProduct([layout.rows, layout.zeroBytes]) else {
                throw GraphError("zero points \(zeros) do not fit \(layout.rows) x \(layout.blocks) blocks")
            }
        }
        return [try .output(scales.element, [layout.columns, layout.rows])]
    }

    package func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let scales = try inputs.required(1)
        let matrix = try layout.matrix(
            codes: inputs.required(0), scales: scales, zeros: inputs.optional(2), type: .float32)
        return [try matrix.transposed().converted(to: scales.type)]
    }
}
