internal import Graph
internal import Torch

/// The product of x [..., k] with a weight of a few bits per number. `[..., n]`
///
/// w[n, k] = (code - zero) scale, with one scale and zero point per block of `block_size` columns. The inputs
/// are x, the codes [n, blocks, bytes], the scales [n, blocks], the zero points (packed like the codes, or of
/// x's type), a permutation that is not supported, and a bias [n]. Codes start at the lowest bits of a byte.
struct MatMulNBits: Operator {
    static let type = "MatMulNBits"
    static let domain = Microsoft.domain

    private let layout: BlockQuantisation
    private let accuracy: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        layout = try BlockQuantisation(
            rows: attributes.integer("N", default: 0), columns: attributes.integer("K", default: 0),
            bits: attributes.integer("bits", default: 4),
            blockSize: attributes.integer("block_size", default: 0))
        // The precision of the runtime's products; here always the input's own.
        accuracy = try attributes.integer("accuracy_level", default: 0)
        guard try attributes.integer("weight_prepacked", default: 0) == 0 else {
            throw GraphError("attribute weight_prepacked is not supported")
        }
    }

    private init(_ layout: BlockQuantisation, accuracy: Int) {
        (self.layout, self.accuracy) = (layout, accuracy)
    }

    var attributes: Attributes {
        var result: Attributes = [
            "K": .integer(layout.columns), "N": .integer(layout.rows),
            "block_size": .integer(layout.blockSize), "bits": .integer(layout.bits),
        ]
        if accuracy != 0 { result["accuracy_level"] = .integer(accuracy) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (rows, columns, blocks) = (layout.rows, layout.columns, layout.blocks)
        let (input, codes, scales) = (try inputs.type(0), try inputs.type(1), try inputs.type(2))
        try ElementDomain.real.require(input.element)
        guard input.shape.last == columns else {
            throw GraphError("an input of shape \(input.shape) does not end with \(columns)")
        }
        try codes.requireElement(.uint8, "the codes")
        try codes.requireShape(layout.codesShape, "the codes")
        try scales.requireElement(input.element, "the scales")
        guard scales.count == Checked.saturatingProduct([rows, blocks]) else {
            throw GraphError("scales of shape \(scales.shape) do not fit \(rows) x \(blocks) blocks")
        }
        if let zeros = inputs.optionalType(3) {
            let expected = zeros.element == .uint8 ? layout.zeroBytes : blocks
            guard zeros.element == .uint8 || zeros.element == input.element,
                zeros.count == Checked.saturatingProduct([rows, expected])
            else { throw GraphError("zero points \(zeros) do not fit \(rows) x \(blocks) blocks") }
        }
        guard inputs.optionalType(4) == nil else {
            throw GraphError("a permutation of columns is not supported")
        }
        if let bias = inputs.optionalType(5) {
            try bias.requireShape([rows], "the bias")
            try bias.requireElement(input.element, "the bias")
        }
        return [try .output(input.element, input.shape.dropLast() + [rows])]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let original = try inputs.required(0)
        let input = try original.inSinglePrecision()
        let weight = try layout.matrix(
            codes: inputs.required(1), scales: inputs.required(2), zeros: inputs.optional(3), type: input.type
        )
        let bias = try inputs.optional(5)?.inSinglePrecision()
        return [try input.linear(weight: weight, bias: bias).converted(to: original.type)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        guard let output = outputs.first, let scales = inputs.optionalType(2) else { return [] }
        let input = try inputs.type(0)
        let (columns, blockSize) = (layout.columns, layout.blockSize)
        let last = output.rank - 1
        var links = AxisLink.allSame(.input(0), .output(0), axes: 0..<last)
        // Tables without a separate axis of rows are frozen, and so are their outputs.
        guard scales.rank == 2, inputs.optionalType(3)?.rank ?? 2 == 2 else { return links }
        links += [1, 2, 3].filter { inputs.optionalType($0) != nil }.map {
            AxisLink(.input($0, 0), .output(0, last), role: $0 == 1 ? .producer : .perChannel)
        }
        if inputs.optionalType(5) != nil {
            links.append(AxisLink(.input(5, 0), .output(0, last), role: .bias))
        }
        // Columns are removed in whole blocks, whose zero points must be separate bytes.
        guard columns % blockSize == 0, columns <= AxisLink.maximumLanes,
            inputs.optionalType(3)?.element != .uint8 || layout.bits == 8
        else { return links }
        let whole = AxisLink(
            .input(1, 1), .input(0, input.rank - 1), role: .consumer,
            lanes: (0..<columns).map { ($0 / blockSize, $0) })
        links += [whole, AxisLink(.input(2, 1), .input(1, 1), role: .perChannel)]
        if inputs.optionalType(3) != nil {
            links.append(AxisLink(.input(3, 1), .input(1, 1), role: .perChannel))
        }
        return links
    }

    func cost(_ inputs: OperatorInputs, outputs: [TensorType]) -> OperatorCost {
        guard let output = outputs.first else { return OperatorCost() }
        return OperatorCost(multiplyAccumulates: Checked.saturatingProduct(output.shape + [layout.columns]))
    }

    func resized(_ change: AxisChange) throws -> MatMulNBits {
        let (input, output) = (try change.inputs.type(0).rank - 1, change.outputs[0].rank - 1)
        return MatMulNBits(
            try layout.resized(
                rows: change.lengthAfter(.output(0, output)), columns: change.lengthAfter(.input(0, input))),
            accuracy: accuracy)
    }
}
