internal import CTorch

extension Tensor {
    /// A function of one element.
    public enum UnaryFunction: Int32, Sendable, CaseIterable {
        /// The order matches the C interface.
        case absolute = 0, negated, exponential, logarithm, squareRoot, reciprocal, hyperbolicTangent, sigmoid
        case errorFunction, floor, ceiling, round, sign, sine, cosine, relu, gelu, geluTanh, silu, mish
        case hardSwish, softSign, isFinite, logicalNot, tangent, arcSine, arcCosine, arcTangent
        case hyperbolicSine, hyperbolicCosine, areaSine, areaCosine, areaTangent, isNaN, isInfinite
    }

    /// A function of one element and one or two constants.
    public enum ScalarFunction: Sendable {
        /// x where positive, slope x elsewhere.
        case leakyRelu(slope: Double)
        /// x where positive, alpha (e^x - 1) elsewhere.
        case elu(alpha: Double)
        /// max(0, x) + min(0, alpha (e^(x / alpha) - 1)).
        case celu(alpha: Double)
        /// gamma x where positive, gamma alpha (e^x - 1) elsewhere.
        case selu(alpha: Double, gamma: Double)
        /// log(1 + e^(beta x)) / beta.
        case softplus(beta: Double)
        /// alpha x + beta, clamped to [0, 1].
        case hardSigmoid(alpha: Double, beta: Double)
        /// x clamped to [low, high].
        case clamp(low: Double, high: Double)
        /// x + addend.
        case adding(Double)
        /// x factor.
        case multiplied(Double)
        /// x to a power.
        case power(Double)
        /// x where greater than alpha, 0 elsewhere.
        case thresholdedRelu(alpha: Double)

        var code: (operation: Int, first: Double, second: Double) {
            switch self {
            case .leakyRelu(let slope): (CT_LEAKY_RELU, slope, 0)
            case .elu(let alpha): (CT_ELU, alpha, 0)
            case .celu(let alpha): (CT_CELU, alpha, 0)
            case .selu(let alpha, let gamma): (CT_SELU, alpha, gamma)
            case .softplus(let beta): (CT_SOFTPLUS, beta, 0)
            case .hardSigmoid(let alpha, let beta): (CT_HARD_SIGMOID, alpha, beta)
            case .clamp(let low, let high): (CT_CLAMP, low, high)
            case .adding(let addend): (CT_ADD_SCALAR, addend, 0)
            case .multiplied(let factor): (CT_MULTIPLY_SCALAR, factor, 0)
            case .power(let exponent): (CT_POWER_SCALAR, exponent, 0)
            case .thresholdedRelu(let alpha): (CT_THRESHOLDED_RELU, alpha, 0)
            }
        }
    }

    /// A function of two elements, with broadcasting.
    public enum BinaryFunction: Int32, Sendable, CaseIterable {
        /// The order matches the C interface.
        case add = 0, subtract, multiply, divide, power, maximum, minimum, equal, less, lessOrEqual, greater
        case greaterOrEqual, and, or, exclusiveOr, remainder, floorModulo, truncatedDivide
    }

    /// Applies a function to every element.
    public func applying(_ function: UnaryFunction) throws(TorchError) -> Tensor {
        try yield(using: self) { ct_unary(function.rawValue, pointer, $0, $1) }
    }

    /// Applies a function with constants to every element.
    public func applying(_ function: ScalarFunction) throws(TorchError) -> Tensor {
        let (operation, first, second) = function.code
        return try yield(using: self) {
            ct_unary_with_scalars(Int32(operation), first, second, pointer, $0, $1)
        }
    }

    /// Combines two tensors element by element; lengths of 1 broadcast as in NumPy.
    public func combined(_ function: BinaryFunction, _ other: Tensor) throws(TorchError) -> Tensor {
        try yield(using: self, other) { ct_binary(function.rawValue, pointer, other.pointer, $0, $1) }
    }

    /// Returns the sum of two tensors.
    public func adding(_ other: Tensor) throws(TorchError) -> Tensor { try combined(.add, other) }

    /// Returns the difference of two tensors.
    public func subtracting(_ other: Tensor) throws(TorchError) -> Tensor { try combined(.subtract, other) }

    /// Returns the elementwise product of two tensors.
    public func multiplied(by other: Tensor) throws(TorchError) -> Tensor { try combined(.multiply, other) }

    /// Returns the elementwise quotient of two tensors.
    public func divided(by other: Tensor) throws(TorchError) -> Tensor { try combined(.divide, other) }

    /// Chooses elements from two tensors where this one is true.
    public func choosing(_ whenTrue: Tensor, _ whenFalse: Tensor) throws(TorchError) -> Tensor {
        try yield(using: self, whenTrue, whenFalse) {
            ct_select(pointer, whenTrue.pointer, whenFalse.pointer, $0, $1)
        }
    }
}
