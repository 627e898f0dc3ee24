internal import Graph
internal import Torch

/// An operator that reduces the named axes, by default all; unless `keepdims` is 0, they are kept with
/// length 1.
protocol ReductionOperator: Operator {
    /// The reduction.
    static var reduction: Tensor.Reduction { get }

    /// The kinds of elements that it takes.
    static var elements: ElementDomain { get }

    /// The version of the standard in which the axes became an input.
    static var firstSetWithAxesInput: Int { get }

    /// The function applied to the elements before the reduction.
    static func prepare(_ input: Tensor) throws -> Tensor

    /// The function applied to the result.
    static func finish(_ result: Tensor) throws -> Tensor

    /// The reduction of no elements, if the engine cannot compute it; nil if it can, or if there is none.
    static var neutral: Double? { get }

    /// Whether repeated elements change nothing, so that the result for some of the elements is a statistic
    /// of theirs.
    static var isStatistic: Bool { get }

    /// How reducing a number of elements affects the channels that remain.
    static func effect(count: Int) -> ChannelEffect

    /// The attributes.
    var request: ReductionRequest { get }

    init(request: ReductionRequest)
}

/// The attributes of a reduction.
struct ReductionRequest: Hashable, Sendable {
    /// The axes, before they became an input.
    let axes: [Int]?
    /// Whether axes are an input.
    let readsAxes: Bool
    /// Whether reduced axes are kept with length 1.
    let keepsAxes: Bool
    /// Whether nothing is reduced if no axis is named.
    let isIdentityWithoutAxes: Bool

    /// Returns the reduced axes of a shape, ascending.
    func resolvedAxes(_ requested: [Int]?, rank: Int) throws(GraphError) -> [Int] {
        let named = (readsAxes ? requested : axes) ?? []
        if named.isEmpty { return isIdentityWithoutAxes ? [] : Array(0..<rank) }
        var result: Set<Int> = []
        for axis in named {
            guard result.insert(try Checked.axis(axis, rank: rank)).inserted else {
                throw GraphError("an axis is reduced twice: \(named)")
            }
        }
        return result.sorted()
    }
}

extension ReductionOperator {
    static var elements: ElementDomain { .number }
    static var firstSetWithAxesInput: Int { 18 }
    static func prepare(_ input: Tensor) throws -> Tensor { input }
    static func finish(_ result: Tensor) throws -> Tensor { result }
    static var neutral: Double? { nil }
    static var isStatistic: Bool { false }
    static func effect(count: Int) -> ChannelEffect { .unknown }

    init(attributes: Attributes, signature: OperatorSignature) throws {
        let readsAxes = signature.operatorSet >= Self.firstSetWithAxesInput
        let withoutAxes = readsAxes ? try attributes.integer("noop_with_empty_axes", default: 0) : 0
        self.init(
            request: ReductionRequest(
                axes: readsAxes ? nil : try attributes.integers("axes"), readsAxes: readsAxes,
                keepsAxes: try attributes.integer("keepdims", default: 1) != 0,
                isIdentityWithoutAxes: withoutAxes != 0))
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if let axes = request.axes { result["axes"] = .integers(axes) }
        if !request.keepsAxes { result["keepdims"] = .integer(0) }
        if request.isIdentityWithoutAxes { result["noop_with_empty_axes"] = .integer(1) }
        return result
    }

    private func axes(_ inputs: OperatorInputs) throws -> [Int] {
        let requested = request.readsAxes && inputs.optionalType(1) != nil ? try inputs.integers(1) : nil
        return try request.resolvedAxes(requested, rank: inputs.type(0).rank)
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try Self.elements.require(input.element)
        let reduced = try axes(inputs)
        if let empty = reduced.first(where: { input.shape[$0] == 0 }),
            ![.sum, .product, .l1Norm].contains(Self.reduction), Self.neutral == nil
        {
            throw GraphError("axis \(empty) of shape \(input.shape) is empty and cannot be reduced")
        }
        let shape = input.shape.indices.compactMap { axis -> Int? in
            guard reduced.contains(axis) else { return input.shape[axis] }
            return request.keepsAxes ? 1 : nil
        }
        return [try .output(input.element, shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let requested = request.readsAxes ? try inputs.optional(1)?.integers() : nil
        let axes = try request.resolvedAxes(requested, rank: input.rank)
        // The standard leaves the input untouched, whatever the reduction does to single elements.
        if axes.isEmpty, request.isIdentityWithoutAxes { return [input] }
        var prepared = try Self.prepare(input)
        // The engine has neither extremes of truth values nor reductions of no elements.
        if prepared.type == .bool { prepared = try prepared.converted(to: .uint8) }
        if let neutral = Self.neutral, axes.contains(where: { input.shape[$0] == 0 }) {
            let shape = input.shape.enumerated().map { axes.contains($0.offset) ? 1 : $0.element }
            prepared = try Tensor(
                repeating: Self.bounded(neutral, prepared.type), shape: shape, type: prepared.type,
                device: input.device)
        }
        // libtorch takes an empty list for all axes; a tensor without axes has one element.
        let reduced =
            axes.isEmpty
            ? try prepared.reshaped([1]).reduced(Self.reduction, axes: [0])
            : try prepared.reduced(Self.reduction, axes: axes, keepingAxes: request.keepsAxes)
        return [try Self.finish(reduced).converted(to: input.type)]
    }

    /// Returns the number of an integer type that is nearest to an infinite one.
    private static func bounded(_ value: Double, _ element: DType) -> Double {
        let bounds: (low: Double, high: Double) =
            switch element {
            case .int8: (-0x1p7, 0x1p7 - 1)
            case .int16: (-0x1p15, 0x1p15 - 1)
            case .int32: (-0x1p31, 0x1p31 - 1)
            case .int64: (-0x1p63, 0x1p63.nextDown)
            case .uint8: (0, 255)
            case .uint16: (0, 0x1p16 - 1)
            case .uint32: (0, 0x1p32 - 1)
            case .uint64: (0, 0x1p63.nextDown)
            case .bool, .float16, .bfloat16, .float32, .float64: (-.infinity, .infinity)
            }
        return min(max(value, bounds.low), bounds.high)
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        let shape = try inputs.type(0).shape
        return Self.effect(count: Checked.saturatingProduct(try axes(inputs).map { shape[$0] }))
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let reduced = try axes(inputs)
        let kept = try inputs.type(0).shape.indices.filter { !reduced.contains($0) }
        let links = kept.enumerated().map { position, axis in
            AxisLink.same(.input(0, axis), .output(0, request.keepsAxes ? axis : position))
        }
        // The lanes that a statistic runs over are removed one by one, like those of a normalisation.
        return links + (Self.isStatistic ? reduced.map { .same(.input(0, $0), .input(0, $0)) } : [])
    }
}
