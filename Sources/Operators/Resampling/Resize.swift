internal import Graph
internal import Torch

/// Axes resampled to other lengths, given by scales or sizes.
///
/// The second input is the scales in version 10; from version 11 on the inputs are a region for one of the
/// modes, scales and sizes.
struct Resize: Operator {
    static let type = "Resize"

    private let resampling: ResizeAttributes
    private let isPlain: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        guard signature.operatorSet >= 10 else { throw GraphError("version 10 is the first one") }
        resampling = try ResizeAttributes(attributes, signature)
        isPlain = signature.operatorSet < 11
    }

    var attributes: Attributes { resampling.attributes(isPlain: isPlain) }

    private var scalesInput: Int { isPlain ? 1 : 2 }

    /// Returns the resampling of each axis of a shape.
    private func axes(
        _ shape: [Int], region: Tensor?, scales: Tensor?, sizes: Tensor?
    ) throws -> [ResampledAxis] {
        let axes =
            try resampling.axes.map { try $0.map { try Checked.axis($0, rank: shape.count) } }
            ?? Array(shape.indices)
        guard Set(axes).count == axes.count else { throw GraphError("an axis is resized twice: \(axes)") }
        var result: [ResampledAxis]
        // An empty tensor stands for an absent one.
        if let sizes, sizes.count > 0 {
            result = try Self.axes(shape, axes, sizes: sizes.integers(), resampling.aspect)
        } else if let scales, scales.count > 0 {
            result = try ResampledAxis.scaled(shape, axes, by: scales.doubles())
            try requireWholeLengths(result)
        } else {
            throw GraphError("neither scales nor sizes are given")
        }
        guard resampling.coordinates == .cropped else { return result }
        let bounds = try region?.doubles() ?? []
        guard bounds.count == 2 * axes.count, bounds.allSatisfy(\.isFinite) else {
            throw GraphError("a region of \(axes.count) axes was expected, got \(bounds)")
        }
        for (index, axis) in axes.enumerated() {
            result[axis].region = .init(start: bounds[index], end: bounds[index + axes.count])
        }
        return try ResampledAxis.checked(result)
    }

    /// Throws where implementations disagree about corners: whether the last one is that of a length of 7 or
    /// of 7.5.
    private func requireWholeLengths(_ axes: [ResampledAxis]) throws(GraphError) {
        guard resampling.coordinates == .alignedCorners else { return }
        for axis in axes where abs(Double(axis.input) * axis.scale - Double(axis.output)) > 1e-3 {
            throw GraphError(
                "corners are aligned, and axis \(axis.axis) of length \(axis.input) times \(axis.scale) is no whole length",
                isLimitation: true)
        }
    }

    private static func axes(
        _ shape: [Int], _ axes: [Int], sizes: [Int], _ aspect: ResizeAttributes.AspectPolicy
    ) throws(GraphError) -> [ResampledAxis] {
        guard sizes.count == axes.count, sizes.allSatisfy({ $0 >= 0 }) else {
            throw GraphError("\(axes.count) sizes were expected, got \(sizes)")
        }
        let ratios = zip(sizes, axes).map { Double($0) / Double(max(shape[$1], 1)) }
        let common: Double? =
            switch aspect {
            case .stretch: nil
            case .notLarger: ratios.min()
            case .notSmaller: ratios.max()
            }
        var result = ResampledAxis.unchanged(shape)
        for (index, axis) in axes.enumerated() {
            var size = sizes[index]
            if let common {
                let scaled = (common * Double(shape[axis])).rounded(.toNearestOrAwayFromZero)
                guard scaled < Double(Int32.max) else { throw GraphError("sizes \(sizes) are too large") }
                size = Int(scaled)
            }
            result[axis] = ResampledAxis(
                axis: axis, input: shape[axis], output: size, scale: common ?? ratios[index])
        }
        return try ResampledAxis.checked(result)
    }

    private func axes(_ inputs: OperatorInputs) throws -> [ResampledAxis] {
        func known(_ index: Int) throws -> Tensor? {
            inputs.optionalType(index) == nil ? nil : try inputs.value(index)
        }
        let isCropped = resampling.coordinates == .cropped
        // A region is only read by the mode that crops.
        if !isPlain { _ = inputs.optionalType(1) }
        return try axes(
            inputs.type(0).shape, region: isCropped ? known(1) : nil, scales: known(scalesInput),
            sizes: isPlain ? nil : known(3))
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        if resampling.mode != .nearest { try ElementDomain.real.require(input.element) }
        return [try .output(input.element, axes(inputs).map(\.output))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let axes = try axes(
            input.shape, region: inputs.optional(1), scales: inputs.optional(scalesInput),
            sizes: isPlain ? nil : inputs.optional(3))
        return [try ResampledAxis.apply(axes, to: input, resampling)]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        resampling.mode == .nearest ? .arrangement : .unknown
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(
            .input(0), .output(0), axes: try axes(inputs).filter(\.isUnchanged).map(\.axis))
    }

    func resizedConstants(_ change: AxisChange) throws -> [Int: Tensor] {
        guard !isPlain, let tensor = change.inputs.constant(3), tensor.count > 0 else { return [:] }
        let sizes = try tensor.integers()
        var result = sizes
        let rank = try change.inputs.type(0).rank
        for index in sizes.indices {
            let axis = try resampling.axes.map { try Checked.axis($0[index], rank: rank) } ?? index
            if let kept = change.keptLanes(.output(0, axis)) { result[index] = kept.count }
        }
        return [3: try Tensor(result)]
    }
}

/// The form of Resize before version 10: scales are an attribute before version 9, and an input from then on.
struct Upsample: Operator {
    static let type = "Upsample"

    private let resampling: ResizeAttributes
    private let fixedScales: [Float]?

    init(attributes: Attributes, signature: OperatorSignature) throws {
        resampling = try ResizeAttributes(upsample: attributes)
        fixedScales = signature.operatorSet < 9 ? try attributes.floats("scales") : nil
        guard signature.operatorSet >= 9 || fixedScales != nil else {
            throw GraphError("attribute scales is missing")
        }
    }

    var attributes: Attributes {
        var result = resampling.attributes(isPlain: true)
        if let fixedScales { result["scales"] = .floats(fixedScales) }
        return result
    }

    private func scales(_ inputs: OperatorInputs) throws -> Tensor? {
        fixedScales == nil ? try inputs.value(1) : nil
    }

    private func axes(_ shape: [Int], _ scales: Tensor?) throws -> [ResampledAxis] {
        guard let scales = try fixedScales.map({ $0.map { Double($0) } }) ?? scales?.doubles() else {
            throw GraphError("input 1 is missing")
        }
        return try ResampledAxis.scaled(shape, Array(shape.indices), by: scales)
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        if resampling.mode != .nearest { try ElementDomain.real.require(input.element) }
        return [try .output(input.element, axes(input.shape, scales(inputs)).map(\.output))]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        return [
            try ResampledAxis.apply(axes(input.shape, inputs.optional(1)), to: input, resampling)
        ]
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect {
        resampling.mode == .nearest ? .arrangement : .unknown
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        AxisLink.allSame(
            .input(0), .output(0),
            axes: try axes(inputs.type(0).shape, scales(inputs)).filter(\.isUnchanged).map(\.axis))
    }
}
