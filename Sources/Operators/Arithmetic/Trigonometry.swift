internal import Graph
internal import Torch

/// The tangent.
struct Tan: UnaryOperator {
    static let type = "Tan"
    static let function = Tensor.UnaryFunction.tangent
}

/// The angle in [-pi / 2, pi / 2] whose sine is x.
struct Asin: UnaryOperator {
    static let type = "Asin"
    static let function = Tensor.UnaryFunction.arcSine
}

/// The angle in [0, pi] whose cosine is x.
struct Acos: UnaryOperator {
    static let type = "Acos"
    static let function = Tensor.UnaryFunction.arcCosine
}

/// The angle in (-pi / 2, pi / 2) whose tangent is x.
struct Atan: UnaryOperator {
    static let type = "Atan"
    static let function = Tensor.UnaryFunction.arcTangent
}

/// The hyperbolic sine.
struct Sinh: UnaryOperator {
    static let type = "Sinh"
    static let function = Tensor.UnaryFunction.hyperbolicSine
}

/// The hyperbolic cosine.
struct Cosh: UnaryOperator {
    static let type = "Cosh"
    static let function = Tensor.UnaryFunction.hyperbolicCosine
}

/// The number whose hyperbolic sine is x.
struct Asinh: UnaryOperator {
    static let type = "Asinh"
    static let function = Tensor.UnaryFunction.areaSine
}

/// The number >= 0 whose hyperbolic cosine is x.
struct Acosh: UnaryOperator {
    static let type = "Acosh"
    static let function = Tensor.UnaryFunction.areaCosine
}

/// The number whose hyperbolic tangent is x.
struct Atanh: UnaryOperator {
    static let type = "Atanh"
    static let function = Tensor.UnaryFunction.areaTangent
}
