internal import Graph
internal import Torch

/// The position of the largest element along an axis.
struct ArgMax: ArgExtreme {
    static let type = "ArgMax"
    static let takesLargest = true
    let request: ArgExtremeRequest
}

/// The position of the smallest element along an axis.
struct ArgMin: ArgExtreme {
    static let type = "ArgMin"
    static let takesLargest = false
    let request: ArgExtremeRequest
}

/// The attributes of a search for an extreme.
struct ArgExtremeRequest: Hashable, Sendable {
    /// The axis.
    let axis: Int
    /// Whether the axis is kept with length 1.
    let keepsAxis: Bool
    /// Whether the last of equal elements is taken instead of the first.
    let takesLast: Bool
}

/// An operator that finds the position of an extreme.
protocol ArgExtreme: Operator {
    /// Whether it looks for the largest element.
    static var takesLargest: Bool { get }

    /// The attributes.
    var request: ArgExtremeRequest { get }

    init(request: ArgExtremeRequest)
}

extension ArgExtreme {
    init(attributes: Attributes, signature: OperatorSignature) throws {
        self.init(
            request: ArgExtremeRequest(
                axis: try attributes.integer("axis", default: 0),
                keepsAxis: try attributes.integer("keepdims", default: 1) != 0,
                takesLast: try attributes.integer("select_last_index", default: 0) != 0))
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if request.axis != 0 { result["axis"] = .integer(request.axis) }
        if !request.keepsAxis { result["keepdims"] = .integer(0) }
        if request.takesLast { result["select_last_index"] = .integer(1) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let input = try inputs.type(0)
        try ElementDomain.number.require(input.element)
        let axis = try Checked.axis(request.axis, rank: input.rank)
        guard input.shape[axis] > 0 else {
            throw GraphError("axis \(axis) of shape \(input.shape) is empty")
        }
        var shape = input.shape
        if request.keepsAxis { shape[axis] = 1 } else { shape.remove(at: axis) }
        return [try .output(.int64, shape)]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let input = try inputs.required(0)
        let axis = try Checked.axis(request.axis, rank: input.rank)
        let length = input.shape[axis]
        // Sorting is stable, so the first of equal elements stays first.
        var found = try (request.takesLast ? input.flipped(axes: [axis]) : input)
            .sorted(axis: axis, descending: Self.takesLargest).indices.sliced(axis: axis, 0..<1)
        if request.takesLast {
            found = try Tensor([length - 1], shape: []).moved(to: input.device).subtracting(found)
        }
        guard !request.keepsAxis else { return [found] }
        var shape = found.shape
        shape.remove(at: axis)
        return [try found.reshaped(shape)]
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let rank = try inputs.type(0).rank
        let axis = try Checked.axis(request.axis, rank: rank)
        return (0..<rank).filter { $0 != axis }.map {
            .same(.input(0, $0), .output(0, request.keepsAxis || $0 < axis ? $0 : $0 - 1))
        }
    }
}
