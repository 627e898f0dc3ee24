internal import Graph
internal import Torch

/// A nonlinearity of a recurrent layer.
struct RecurrentActivation: Sendable {
    /// The functions by their names in the standard.
    enum Function: String, Sendable {
        case sigmoid = "Sigmoid", tanh = "Tanh", relu = "Relu", affine = "Affine", leakyRelu = "LeakyRelu"
        case thresholdedRelu = "ThresholdedRelu", scaledTanh = "ScaledTanh", hardSigmoid = "HardSigmoid"
        case elu = "Elu", softsign = "Softsign", softplus = "Softplus"

        /// The defaults of alpha and beta; nil if the function has no such constant.
        fileprivate var defaults: (alpha: Float?, beta: Float?) {
            switch self {
            case .sigmoid, .tanh, .relu, .softsign, .softplus: (nil, nil)
            case .affine: (1, 0)
            case .leakyRelu: (0.01, nil)
            case .thresholdedRelu, .elu: (1, nil)
            case .scaledTanh: (1, 1)
            case .hardSigmoid: (0.2, 0.5)
            }
        }
    }

    /// The function.
    let function: Function
    private let alpha: Double
    private let beta: Double

    /// Returns functions with their constants, which are listed in order for the functions that have any.
    static func list(
        _ functions: [Function], alphas: [Float], betas: [Float]
    ) throws(GraphError) -> [RecurrentActivation] {
        var (alphas, betas) = (alphas[...], betas[...])
        var result: [RecurrentActivation] = []
        for function in functions {
            let (alpha, beta) = function.defaults
            result.append(
                RecurrentActivation(
                    function: function, alpha: Double(alpha.map { alphas.popFirst() ?? $0 } ?? 0),
                    beta: Double(beta.map { betas.popFirst() ?? $0 } ?? 0)))
        }
        guard alphas.isEmpty, betas.isEmpty else {
            throw GraphError("attributes activation_alpha and activation_beta have more numbers than needed")
        }
        return result
    }

    func apply(to tensor: Tensor) throws -> Tensor {
        switch function {
        case .sigmoid: try tensor.applying(.sigmoid)
        case .tanh: try tensor.applying(.hyperbolicTangent)
        case .relu: try tensor.applying(.relu)
        case .affine: try tensor.applying(.multiplied(alpha)).applying(.adding(beta))
        case .leakyRelu: try tensor.applying(.leakyRelu(slope: alpha))
        case .thresholdedRelu: try tensor.applying(.thresholdedRelu(alpha: alpha))
        case .scaledTanh:
            try tensor.applying(.multiplied(beta)).applying(.hyperbolicTangent).applying(.multiplied(alpha))
        case .hardSigmoid: try tensor.applying(.hardSigmoid(alpha: alpha, beta: beta))
        case .elu: try tensor.applying(.elu(alpha: alpha))
        case .softsign: try tensor.applying(.softSign)
        case .softplus: try tensor.applying(.softplus(beta: 1))
        }
    }
}
