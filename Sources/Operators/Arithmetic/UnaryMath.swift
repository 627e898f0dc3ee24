internal import Graph
internal import Torch

/// |x|.
struct Abs: UnaryOperator {
    static let type = "Abs"
    static let function = Tensor.UnaryFunction.absolute
    static let domainOfElements = ElementDomain.number
}

/// -x.
struct Neg: UnaryOperator {
    static let type = "Neg"
    static let function = Tensor.UnaryFunction.negated
    static let domainOfElements = ElementDomain.number
}

/// -1, 0 or 1.
struct Sign: UnaryOperator {
    static let type = "Sign"
    static let function = Tensor.UnaryFunction.sign
    static let domainOfElements = ElementDomain.number
}

/// e^x.
struct Exp: UnaryOperator {
    static let type = "Exp"
    static let function = Tensor.UnaryFunction.exponential
}

/// The natural logarithm.
struct Log: UnaryOperator {
    static let type = "Log"
    static let function = Tensor.UnaryFunction.logarithm
}

/// The square root.
struct Sqrt: UnaryOperator {
    static let type = "Sqrt"
    static let function = Tensor.UnaryFunction.squareRoot
}

/// 1 / x.
struct Reciprocal: UnaryOperator {
    static let type = "Reciprocal"
    static let function = Tensor.UnaryFunction.reciprocal
}

/// The largest integer not above x.
struct Floor: UnaryOperator {
    static let type = "Floor"
    static let function = Tensor.UnaryFunction.floor
}

/// The smallest integer not below x.
struct Ceil: UnaryOperator {
    static let type = "Ceil"
    static let function = Tensor.UnaryFunction.ceiling
}

/// The nearest integer; halves go to the even one.
struct Round: UnaryOperator {
    static let type = "Round"
    static let function = Tensor.UnaryFunction.round
}

/// The sine.
struct Sin: UnaryOperator {
    static let type = "Sin"
    static let function = Tensor.UnaryFunction.sine
}

/// The cosine.
struct Cos: UnaryOperator {
    static let type = "Cos"
    static let function = Tensor.UnaryFunction.cosine
}

/// The error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.
struct Erf: UnaryOperator {
    static let type = "Erf"
    static let function = Tensor.UnaryFunction.errorFunction
}
