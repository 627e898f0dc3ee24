internal import Graph
internal import Torch

/// An image [n, c, ...] sampled at the points of a grid [n, ..., axes] with coordinates in -1 ... 1.
struct GridSample: Operator {
    static let type = "GridSample"

    private let interpolation: Tensor.Interpolation
    private let padding: Tensor.SamplingPadding
    private let alignsCorners: Bool
    /// The standard renamed the modes in version 20.
    private let modeName: String

    init(attributes: Attributes, signature: OperatorSignature) throws {
        modeName = try attributes.string("mode", default: signature.operatorSet < 20 ? "bilinear" : "linear")
        switch modeName {
        case "bilinear", "linear": interpolation = .linear
        case "nearest": interpolation = .nearest
        case "bicubic", "cubic": interpolation = .cubic
        default: throw GraphError("attribute mode must be linear, nearest or cubic, got \(modeName)")
        }
        switch try attributes.string("padding_mode", default: "zeros") {
        case "zeros": padding = .zeros
        case "border": padding = .border
        case "reflection": padding = .reflection
        case let other:
            throw GraphError("attribute padding_mode must be zeros, border or reflection, got \(other)")
        }
        alignsCorners = try attributes.integer("align_corners", default: 0) != 0
    }

    var attributes: Attributes {
        var result: Attributes = [:]
        if interpolation != .linear { result["mode"] = .string(modeName) }
        if padding != .zeros { result["padding_mode"] = .string("\(padding)") }
        if alignsCorners { result["align_corners"] = .integer(1) }
        return result
    }

    func inferredTypes(_ inputs: OperatorInputs) throws -> [TensorType] {
        let (input, grid) = (try inputs.type(0), try inputs.type(1))
        try ElementDomain.real.require(input.element)
        try grid.requireElement(input.element, "the grid")
        try input.requireRank(interpolation == .cubic ? 4...4 : 4...5, "the input")
        let spatial = input.rank - 2
        try grid.requireRank(input.rank...input.rank, "the grid")
        guard grid.shape[0] == input.shape[0], grid.shape[spatial + 1] == spatial,
            !input.shape[2...].contains(0)
        else {
            throw GraphError("a grid of shape \(grid.shape) does not fit an input of shape \(input.shape)")
        }
        return [
            try .output(input.element, Array(input.shape[..<2]) + grid.shape[1...spatial])
        ]
    }

    func evaluate(_ inputs: [Tensor?], in context: inout EvaluationContext) throws -> [Tensor] {
        let (input, grid) = (try inputs.required(0), try inputs.required(1))
        return [
            try input.sampled(
                at: interpolation == .nearest ? centred(grid, Array(input.shape[2...])) : grid, interpolation,
                padding: padding, alignsCorners: alignsCorners)
        ]
    }

    /// Moves points to the centres of the nearest pixels, with ties to the even one.
    ///
    /// The engine may round half a pixel either way, and only after reflecting it.
    private func centred(_ grid: Tensor, _ lengths: [Int]) throws -> Tensor {
        // The coordinate of the last axis comes first: place = (x + 1) factor - offset.
        let factors = lengths.reversed().map { Float(alignsCorners ? max($0 - 1, 1) : $0) / 2 }
        let factor = try Tensor(factors).converted(to: grid.type).moved(to: grid.device)
        let offset = alignsCorners ? 0 : 0.5
        return try grid.applying(.adding(1)).multiplied(by: factor).applying(.adding(-offset))
            .applying(.round)
            .applying(.adding(offset)).divided(by: factor).applying(.adding(-1))
    }

    func axisLinks(_ inputs: OperatorInputs, outputs: [TensorType]) throws -> [AxisLink] {
        let spatial = try inputs.type(0).rank - 2
        return AxisLink.allSame(.input(0), .output(0), axes: 0..<2)
            + [.same(.input(1, 0), .output(0, 0))]
            + (1...spatial).map { .same(.input(1, $0), .output(0, $0 + 1)) }
    }
}
