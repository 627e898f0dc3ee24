internal import Graph
internal import Torch

/// How scales and zero points apply to a tensor: one for all, one for each position of an axis, or one for
/// each block of positions.
struct QuantisationGrid: Hashable, Sendable {
    private let axis: Int
    private let blockSize: Int

    /// Reads the attributes `axis` and `block_size`.
    init(_ attributes: Attributes) throws(GraphError) {
        self.init(
            axis: try attributes.integer("axis", default: 1),
            blockSize: try attributes.integer("block_size", default: 0))
        guard blockSize >= 0 else {
            throw GraphError("attribute block_size must not be negative, got \(blockSize)")
        }
    }

    /// Makes a grid along an axis.
    init(axis: Int, blockSize: Int = 0) {
        (self.axis, self.blockSize) = (axis, blockSize)
    }

    /// What differs from the defaults.
    var attributes: Attributes {
        var result: Attributes = [:]
        if axis != 1 { result["axis"] = .integer(axis) }
        if blockSize != 0 { result["block_size"] = .integer(blockSize) }
        return result
    }

    private func isSingle(_ parameter: [Int]) -> Bool {
        Checked.saturatingProduct(parameter) == 1 && (parameter.count < 2 || blockSize == 0)
    }

    /// Throws if a scale or zero point does not fit a tensor.
    func check(_ parameter: [Int], over shape: [Int], _ name: String) throws(GraphError) {
        if isSingle(parameter) { return }
        let axis = try Checked.axis(axis, rank: shape.count)
        var expected = [shape[axis]]
        if blockSize > 0 {
            expected = shape
            expected[axis] = Checked.ceilingQuotient(shape[axis], blockSize)
        }
        guard parameter == expected else {
            throw GraphError("\(name) of shape \(parameter) does not fit \(shape), expected \(expected)")
        }
    }

    /// Returns a scale or zero point in a shape that broadcasts to the tensor's.
    func spread(_ parameter: Tensor, over shape: [Int]) throws -> Tensor {
        try check(parameter.shape, over: shape, "a scale or zero point")
        if isSingle(parameter.shape) { return try parameter.reshaped([]) }
        let axis = try Checked.axis(axis, rank: shape.count)
        if blockSize > 0 {
            return try parameter.selecting(axis: axis, (0..<shape[axis]).map { $0 / blockSize })
        }
        return try parameter.reshaped(shape.indices.map { $0 == axis ? shape[axis] : 1 })
    }

    /// Links the axes of a scale or zero point with those of the output; blocks are removed whole.
    func links(_ inputs: OperatorInputs, input: Int) throws -> [AxisLink] {
        guard let parameter = inputs.optionalType(input)?.shape, !isSingle(parameter) else { return [] }
        let shape = try inputs.type(0).shape
        let axis = try Checked.axis(axis, rank: shape.count)
        guard blockSize > 0 else { return [AxisLink(.input(input, 0), .output(0, axis), role: .perChannel)] }
        var links = shape.indices.filter { $0 != axis }.map {
            AxisLink(.input(input, $0), .output(0, $0), role: .perChannel)
        }
        if shape[axis] % blockSize == 0,
            let blocks = AxisLink.repeated(
                .output(0, axis), .input(input, axis), count: parameter[axis], times: blockSize)
        {
            links.append(blocks)
        }
        return links
    }

    /// The axes that can lose lanes: blocks that do not fill their axis are not cut.
    func freeAxes(_ inputs: OperatorInputs) throws -> [Int] {
        let shape = try inputs.type(0).shape
        guard blockSize > 0, let scale = inputs.optionalType(1)?.shape, !isSingle(scale) else {
            return Array(shape.indices)
        }
        let axis = try Checked.axis(axis, rank: shape.count)
        return shape.indices.filter { $0 != axis || shape[axis] % blockSize == 0 }
    }
}

extension DType {
    /// The smallest and largest quantised number of an integer type; nil for other types.
    var quantisedRange: (low: Double, high: Double)? {
        switch self {
        case .int8: (-128, 127)
        case .uint8: (0, 255)
        case .int16: (-32768, 32767)
        case .uint16: (0, 65535)
        case .int32: (-2_147_483_648, 2_147_483_647)
        default: nil
        }
    }
}

extension Tensor {
    /// Returns rounded numbers plus a zero point, quantised: clamp(round(self) + zero), with halves to the
    /// even one.
    func quantised(to type: DType, zero: Tensor?) throws -> Tensor {
        guard let range = type.quantisedRange else { throw GraphError("cannot quantise to \(type)") }
        // Zero points, and values clamped to 16 bits, are exact in single precision.
        let wide: DType = self.type == .float64 || type == .int32 ? .float64 : .float32
        var result = try converted(to: wide).applying(.round)
        if let zero { result = try result.adding(zero.converted(to: wide)) }
        return try result.applying(.clamp(low: range.low, high: range.high)).converted(to: type)
    }

    /// Returns quantised numbers less their zero point as floats that hold them exactly.
    func centred(zero: Tensor?, as type: DType) throws -> Tensor {
        let wide = try converted(to: type)
        return try zero.map { try wide.subtracting($0.converted(to: type)) } ?? wide
    }
}
