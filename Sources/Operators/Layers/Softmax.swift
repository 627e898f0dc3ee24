internal import Graph
internal import Torch

/// e^x / sum(e^x) along an axis.
///
/// In half precision each of these steps is rounded, as in the standard's definition, unless the axis is so
/// long that the sum could overflow.
struct Softmax: SoftmaxOperator {
    static let type = "Softmax"
    /// Half precision represents every count up to here.
    private static let longestHalfSum = 2048
    let axis: Int?
    let mergesAxes: Bool

    var takesHalves: Bool { true }

    static func compute(_ input: Tensor, axis: Int) throws -> Tensor {
        let fine = try input.inSinglePrecision()
        guard input.type == .float16, input.count > 0, input.shape[axis] <= longestHalfSum else {
            return try fine.softmax(axis: axis).converted(to: input.type)
        }
        func rounded(_ tensor: Tensor) throws -> Tensor {
            try tensor.converted(to: .float16).converted(to: fine.type)
        }
        let greatest = try fine.reduced(.maximum, axes: [axis], keepingAxes: true)
        let powers = try rounded(rounded(fine.subtracting(greatest)).applying(.exponential))
        let sum = try rounded(powers.reduced(.sum, axes: [axis], keepingAxes: true))
        return try powers.divided(by: sum).converted(to: input.type)
    }
}

/// x - log(sum(e^x)) along an axis.
struct LogSoftmax: SoftmaxOperator {
    static let type = "LogSoftmax"
    let axis: Int?
    let mergesAxes: Bool

    static func compute(_ input: Tensor, axis: Int) throws -> Tensor { try input.logSoftmax(axis: axis) }
}

/// 1 at the first largest element along an axis, 0 elsewhere.
struct Hardmax: SoftmaxOperator {
    static let type = "Hardmax"
    let axis: Int?
    let mergesAxes: Bool

    static func compute(_ input: Tensor, axis: Int) throws -> Tensor {
        guard input.count > 0 else { return input }
        let first = try input.sorted(axis: axis, descending: true).indices.sliced(axis: axis, 0..<1)
        let length = input.shape[axis]
        let positions = try Tensor(
            Array(0..<length), shape: input.shape.indices.map { $0 == axis ? length : 1 })
        return try positions.moved(to: input.device).combined(.equal, first).converted(to: input.type)
    }
}

/// A normalisation along an axis, the last one by default.
///
/// Before version 13, it runs over all axes from `axis` (1 by default) on, merged into one.
protocol SoftmaxOperator: Operator {
    /// The axis, if not the default.
    var axis: Int? { get }

    /// Whether the axes from `axis` on are merged.
    var mergesAxes: Bool { get }

    init(axis: Int?, mergesAxes: Bool)

    /// Normalises one axis.
    static func compute(_ input: Tensor, axis: Int) throws -> Tensor
}

extension SoftmaxOperator {
    init(attributes: Attributes, signature: OperatorSignature) throws {
        self.init(
            axis: attributes["axis"] == nil ? nil : try attributes.integer("axis", default: 0),
            mergesAxes: signature.operatorSet < 13)
    }

    var attributes: Attributes { axis.map { ["axis": .integer($0)] } ?? [:] }

    private func resolvedAxis(rank: Int) throws(GraphError) -> Int {
        try Checked.axis(axis ?? (mergesAxes ? 1 : -1), rank: rank)
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.real.require(input.element)
        _ = try resolvedAxis(rank: input.rank)
        return [try .output(input.element, input.shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let axis = try resolvedAxis(rank: input.rank)
        guard mergesAxes else { return [try Self.compute(input, axis: axis)] }
        let merged = [
            try Checked.product(Array(input.shape[..<axis])),
            try Checked.product(Array(input.shape[axis...])),
        ]
        return [try Self.compute(input.reshaped(merged), axis: 1).reshaped(input.shape)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let rank = try inputs.type(0).rank
        let axis = try resolvedAxis(rank: rank)
        let others = (0..<rank).filter { mergesAxes ? $0 < axis : $0 != axis }
        return AxisLink.allSame(.input(0), .output(0), axes: others)
    }
}
