internal import Graph
internal import Torch

/// 1 / (1 + e^-x).
struct Sigmoid: UnaryOperator {
    static let type = "Sigmoid"
    static let function = Tensor.UnaryFunction.sigmoid
    static let step: ElementProgram.Function? = .sigmoid
}

/// The hyperbolic tangent.
struct Tanh: UnaryOperator {
    static let type = "Tanh"
    static let function = Tensor.UnaryFunction.hyperbolicTangent
}

/// x / (1 + |x|).
struct Softsign: UnaryOperator {
    static let type = "Softsign"
    static let function = Tensor.UnaryFunction.softSign
}

/// x times x / 6 + 1 / 2 clamped to [0, 1].
struct HardSwish: UnaryOperator {
    static let type = "HardSwish"
    static let function = Tensor.UnaryFunction.hardSwish
    static let step: ElementProgram.Function? = .hardSwish
}

/// x tanh(log(1 + e^x)).
struct Mish: UnaryOperator {
    static let type = "Mish"
    static let function = Tensor.UnaryFunction.mish
}

/// x Phi(x), Phi the normal distribution function, exactly or with PyTorch's tanh formula.
struct Gelu: ElementwiseOperator {
    static let type = "Gelu"

    private let usesTanh: Bool

    init(attributes: Attributes, signature: OperatorSignature) throws {
        switch try attributes.string("approximate", default: "none") {
        case "none": usesTanh = false
        case "tanh": usesTanh = true
        case let other: throw GraphError("attribute approximate must be none or tanh, got \(other)")
        }
    }

    var attributes: Attributes { usesTanh ? ["approximate": .string("tanh")] : [:] }

    func apply(to input: Tensor) throws -> Tensor { try input.applying(usesTanh ? .geluTanh : .gelu) }
}
