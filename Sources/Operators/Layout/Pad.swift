internal import Graph
internal import Torch

/// Pads axes on both sides with a constant, the mirror image, the border element or copies; negative amounts
/// crop.
///
/// Amounts and constant are inputs (attributes before version 11); version 18 adds an input that names the
/// axes.
struct Pad: Operator {
    static let type = "Pad"

    /// How the new positions are filled.
    private enum Mode: String {
        case constant, reflect, edge, wrap
    }

    private let mode: Mode
    private let isLegacy: Bool
    private let legacyAmounts: [Int]
    private let legacyValue: Float

    init(attributes: Attributes, signature: OperatorSignature) throws {
        let name = try attributes.string("mode", default: Mode.constant.rawValue)
        guard let mode = Mode(rawValue: name) else {
            throw GraphError("attribute mode must be constant, reflect, edge or wrap, got \(name)")
        }
        self.mode = mode
        isLegacy = signature.operatorSet < 11
        guard isLegacy else {
            (legacyAmounts, legacyValue) = ([], 0)
            return
        }
        guard let amounts = try attributes.integers("pads") ?? attributes.integers("paddings") else {
            throw GraphError("attribute pads is missing")
        }
        legacyAmounts = amounts
        legacyValue = try attributes.float("value", default: 0)
    }

    private init(_ other: Pad, legacyAmounts: [Int]) {
        mode = other.mode
        isLegacy = other.isLegacy
        self.legacyAmounts = legacyAmounts
        legacyValue = other.legacyValue
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if mode != .constant { result["mode"] = .string(mode.rawValue) }
        if isLegacy { result["pads"] = .integers(legacyAmounts) }
        if isLegacy, legacyValue != 0 { result["value"] = .float(legacyValue) }
        return result
    }

    /// Returns the axes that a list of amounts applies to, in its order.
    private func axes(_ requested: [Int]?, amounts: [Int], rank: Int) throws(GraphError) -> [Int] {
        var axes: [Int] = []
        for axis in requested ?? Array(0..<rank) {
            axes.append(try Checked.axis(axis, rank: rank, name: "a padded axis"))
        }
        guard Set(axes).count == axes.count else { throw GraphError("an axis is padded twice: \(axes)") }
        guard amounts.count == 2 * axes.count else {
            throw GraphError("two amounts for each of \(axes.count) axes were expected, got \(amounts.count)")
        }
        return axes
    }

    /// Returns the amounts for every axis of a shape.
    private func amounts(
        _ list: [Int], axes requested: [Int]?, shape: [Int]
    ) throws(GraphError) -> [(before: Int, after: Int)] {
        let axes = try axes(requested, amounts: list, rank: shape.count)
        var result = shape.map { _ in (before: 0, after: 0) }
        for (index, axis) in axes.enumerated() {
            let (before, after) = (list[index], list[index + axes.count])
            let length = shape[axis]
            // Cropped positions must exist.
            guard try Checked.sum(min(before, 0), min(after, 0)) >= -length
            else {
                throw GraphError("cannot crop \(before) and \(after) off axis \(axis) of length \(length)")
            }
            switch mode {
            case .constant: break
            case .reflect:
                guard max(before, after) < max(length, 1) else {
                    throw GraphError(
                        "cannot mirror \(before) and \(after) positions of axis \(axis) of length \(length)")
                }
            case .edge, .wrap:
                guard length > 0 || (before <= 0 && after <= 0) else {
                    throw GraphError("axis \(axis) is empty and cannot be extended")
                }
            }
            result[axis] = (before, after)
        }
        return result
    }

    private func amounts(_ inputs: OperatorInputs) throws -> [(before: Int, after: Int)] {
        try amounts(
            isLegacy ? legacyAmounts : inputs.integers(1),
            axes: inputs.optionalType(3) == nil ? nil : inputs.integers(3), shape: inputs.type(0).shape)
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        if let value = inputs.optionalType(2), value.count != 1 {
            throw GraphError("the constant must be a scalar, got shape \(value.shape)")
        }
        var shape = input.shape
        for (axis, amount) in try amounts(inputs).enumerated() {
            shape[axis] = try Checked.sum(shape[axis], amount.before, amount.after)
        }
        return [try .output(input.element, shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let amounts = try amounts(
            isLegacy ? legacyAmounts : inputs.required(1).integers(), axes: inputs.optional(3)?.integers(),
            shape: input.shape)
        let value = try inputs.optional(2)?.scalar()
        let shape = try zip(input.shape, amounts).map { try Checked.sum($0, $1.before, $1.after) }
        // libtorch does not crop an axis down to nothing.
        guard !shape.contains(0) else {
            return [try Tensor(repeating: 0, shape: shape, type: input.type, device: input.device)]
        }
        switch mode {
        case .constant: return [try input.padded(amounts, mode: .constant(value ?? Double(legacyValue)))]
        case .reflect: return [try input.padded(amounts, mode: .reflect)]
        case .edge: return [try input.padded(amounts, mode: .edge)]
        case .wrap: return [try wrapped(input, amounts)]
        }
    }

    /// Returns a tensor between copies of itself.
    private func wrapped(_ input: Tensor, _ amounts: [(before: Int, after: Int)]) throws -> Tensor {
        try amounts.enumerated().filter { $0.element != (0, 0) }.reduce(input) { tensor, item in
            let (axis, length) = (item.offset, tensor.shape[item.offset])
            let end = try Checked.sum(length, item.element.after)
            guard try Checked.sum(end, item.element.before) <= 1 << 28 else {
                throw GraphError("axis \(axis) cannot be extended to more than \(1 << 28) positions")
            }
            return try tensor.selecting(
                axis: axis,
                (-item.element.before..<max(end, -item.element.before)).map {
                    (($0 % length) + length) % length
                })
        }
    }

    func channelEffect(_ inputs: OperatorInputs) throws -> ChannelEffect { .arrangement }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let shape = try inputs.type(0).shape
        var links: [AxisLink] = []
        for (axis, amount) in try amounts(inputs).enumerated() {
            if amount == (0, 0) {
                links.append(.same(.input(0, axis), .output(0, axis)))
            } else if mode == .constant {
                links += AxisLink.run(
                    .input(0, axis), from: max(-amount.before, 0), .output(0, axis),
                    from: max(amount.before, 0),
                    count: shape[axis] + min(amount.before, 0) + min(amount.after, 0))
            }
        }
        return links
    }

    /// Returns the list of amounts after axes have shrunk: added and cropped positions may be removed too.
    private func resizedAmounts(_ change: AxisChange) throws -> [Int] {
        _ = try amounts(change.inputs)
        var list = isLegacy ? legacyAmounts : try change.inputs.integers(1)
        let shape = try change.inputs.type(0).shape
        let requested = change.inputs.optionalType(3) == nil ? nil : try change.inputs.integers(3)
        let axes = try axes(requested, amounts: list, rank: shape.count)
        for (index, axis) in axes.enumerated() {
            let (input, output) = (AxisReference.input(0, axis), AxisReference.output(0, axis))
            let (before, after) = (list[index], list[index + axes.count])
            let (inputLength, outputLength) = (
                try change.lengthBefore(input), try change.lengthBefore(output)
            )
            func kept(_ reference: AxisReference, _ range: Range<Int>) -> Int {
                change.keptLanes(reference)?.count(where: range.contains) ?? range.count
            }
            list[index] = before > 0 ? kept(output, 0..<before) : -kept(input, 0..<(-before))
            list[index + axes.count] =
                after > 0
                ? kept(output, (outputLength - after)..<outputLength)
                : -kept(input, (inputLength + after)..<inputLength)
        }
        return list
    }

    func resized(_ change: AxisChange) throws -> Pad {
        isLegacy ? Pad(self, legacyAmounts: try resizedAmounts(change)) : self
    }

    func resizedConstants(_ change: AxisChange) throws -> [Int: Tensor] {
        guard !isLegacy else { return [:] }
        let amounts = try resizedAmounts(change)
        return [1: try Tensor(amounts)]
    }
}
