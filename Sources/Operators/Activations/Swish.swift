internal import Graph
internal import Torch

/// x / (1 + e^(-alpha x)).
struct Swish: ElementwiseOperator {
    static let type = "Swish"

    private let alpha: Float

    init(attributes: Attributes, signature: OperatorSignature) throws {
        alpha = try attributes.float("alpha", default: 1)
        guard alpha.isFinite else { throw GraphError("attribute alpha must be finite, got \(alpha)") }
    }

    var attributes: Attributes { alpha == 1 ? [:] : ["alpha": .float(alpha)] }

    var isElementStep: Bool { alpha == 1 }

    func elementStep(_ inputs: [Tensor?]) -> (function: ElementProgram.Function, arguments: [Int])? {
        alpha == 1 ? (.silu, [0]) : nil
    }

    func apply(to input: Tensor) throws -> Tensor {
        guard alpha != 1 else { return try input.applying(.silu) }
        return try input.applying(.multiplied(Double(alpha))).applying(.sigmoid).multiplied(by: input)
    }
}
