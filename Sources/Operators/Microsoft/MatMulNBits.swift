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

    private let columns: Int
    private let rows: Int
    private let bits: Int
    private let blockSize: Int
    private let accuracy: Int

    init(attributes: Attributes, signature: OperatorSignature) throws {
        columns = try attributes.integer("K", default: 0)
        rows = try attributes.integer("N", default: 0)
        bits = try attributes.integer("bits", default: 4)
        blockSize = try attributes.integer("block_size", default: 0)
        // The precision of the runtime's products; here always the input's own.
        accuracy = try attributes.integer("accuracy_level", default: 0)
        guard columns >= 1, rows >= 1, [2, 4, 8].contains(bits), blockSize >= 16,
            blockSize & (blockSize - 1) == 0, blockSize <= 1 << 20, columns <= 1 << 40, rows <= 1 << 40
        else {
            throw GraphError(
                "K, N, bits and block_size do not fit: \(columns), \(rows), \(bits), \(blockSize)")
        }
        guard try attributes.integer("weight_prepacked", default: 0) == 0 else {
            throw GraphError("attribute weight_prepacked is not supported")
        }
    }

    private init(_ other: MatMulNBits, columns: Int, rows: Int) {
        (self.columns, self.rows) = (columns, rows)
        (bits, blockSize, accuracy) = (other.bits, other.blockSize, other.accuracy)
    }

    var attributes: Attributes {
        var result: Attributes = [
            "K": .integer(columns), "N": .integer(rows), "block_size": .integer(blockSize),
            "bits": .integer(bits),
        ]
        if accuracy != 0 { result["accuracy_level"] = .integer(accuracy) }
        return result
    }

    private var blocks: Int { Checked.ceilingQuotient(columns, blockSize) }
    private var zeroBytes: Int { Checked.ceilingQuotient(blocks * bits, 8) }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, codes, scales) = (try inputs.type(0), try inputs.type(1), try inputs.type(2))
        try ElementDomain.real.require(input.element)
        guard input.shape.last == columns else {
            throw GraphError("an input of shape \(input.shape) does not end with \(columns)")
        }
        try codes.requireElement(.uint8, "the codes")
        try codes.requireShape([rows, blocks, blockSize * bits / 8], "the codes")
        try scales.requireElement(input.element, "the scales")
        guard scales.count == Checked.saturatingProduct([rows, blocks]) else {
            throw GraphError("scales of shape \(scales.shape) do not fit \(rows) x \(blocks) blocks")
        }
        if let zeros = inputs.optionalType(3) {
            let expected = zeros.element == .uint8 ? zeroBytes : blocks
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

    /// Returns the numbers stored in bytes [..., bytes]. `[..., bytes 8 / bits]`
    private func unpacked(_ bytes: Tensor) throws -> Tensor {
        guard bits < 8 else { return bytes }
        let amounts = stride(from: 0, to: 8, by: bits).map { UInt8($0) }
        let shape = bytes.shape
        let mask = try Tensor([UInt8((1 << bits) - 1)], shape: []).moved(to: bytes.device)
        return try bytes.reshaped(shape + [1])
            .combinedBits(.shiftRight, Tensor(amounts).moved(to: bytes.device)).combinedBits(.and, mask)
            .reshaped(shape.dropLast() + [(shape.last ?? 0) * amounts.count])
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let original = try inputs.required(0)
        let input = try original.inSinglePrecision()
        let codes = try unpacked(inputs.required(1)).converted(to: input.type)
            .reshaped([rows, blocks, blockSize])
        let scales = try inputs.required(2).converted(to: input.type).reshaped([rows, blocks, 1])
        let centred: Tensor
        if let zeros = inputs.optional(3) {
            let numbers =
                try zeros.type == .uint8
                ? unpacked(zeros.reshaped([rows, zeroBytes])).sliced(axis: 1, 0..<blocks) : zeros
            centred = try codes.subtracting(numbers.converted(to: input.type).reshaped([rows, blocks, 1]))
        } else {
            centred = try codes.applying(.adding(-Double(1 << (bits - 1))))
        }
        let weight = try centred.multiplied(by: scales).reshaped([rows, blocks * blockSize])
            .sliced(axis: 1, 0..<columns)
        let bias = try inputs.optional(5)?.inSinglePrecision()
        return [try input.linear(weight: weight, bias: bias).converted(to: original.type)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        guard let output = outputs.first, let scales = inputs.optionalType(2) else { return [] }
        let input = try inputs.type(0)
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
            inputs.optionalType(3)?.element != .uint8 || bits == 8
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
        return OperatorCost(multiplyAccumulates: Checked.saturatingProduct(output.shape + [columns]))
    }

    func resized(_ change: AxisChange) throws -> MatMulNBits {
        let (input, output) = (try change.inputs.type(0).rank - 1, change.outputs[0].rank - 1)
        return MatMulNBits(
            self, columns: try change.lengthAfter(.input(0, input)),
            rows: try change.lengthAfter(.output(0, output)))
    }
}
