internal import Graph
internal import Torch

/// x where positive, alpha x elsewhere.
struct LeakyRelu: ParametricActivation {
    static let type = "LeakyRelu"
    static let parameters: [(name: String, fallback: Float)] = [("alpha", 0.01)]
    let values: [Float]

    var function: Tensor.ScalarFunction { .leakyRelu(slope: Double(values[0])) }
    var step: ElementProgram.Function? { .leakyRelu(slope: Double(values[0])) }
}

/// x where positive, alpha (e^x - 1) elsewhere.
struct Elu: ParametricActivation {
    static let type = "Elu"
    static let parameters: [(name: String, fallback: Float)] = [("alpha", 1)]
    let values: [Float]

    var function: Tensor.ScalarFunction { .elu(alpha: Double(values[0])) }
}

/// max(0, x) + min(0, alpha (e^(x / alpha) - 1)).
struct Celu: ParametricActivation {
    static let type = "Celu"
    static let parameters: [(name: String, fallback: Float)] = [("alpha", 1)]
    let values: [Float]

    init(values: [Float]) throws {
        guard values[0] > 0 else { throw GraphError("attribute alpha must be positive, got \(values[0])") }
        self.values = values
    }

    var function: Tensor.ScalarFunction { .celu(alpha: Double(values[0])) }
}

/// gamma x where positive, gamma alpha (e^x - 1) elsewhere.
struct Selu: ParametricActivation {
    static let type = "Selu"
    static let parameters: [(name: String, fallback: Float)] = [
        ("alpha", 1.673_263_2), ("gamma", 1.050_701),
    ]
    let values: [Float]

    var function: Tensor.ScalarFunction { .selu(alpha: Double(values[0]), gamma: Double(values[1])) }
}

/// alpha x + beta, clamped to [0, 1].
struct HardSigmoid: ParametricActivation {
    static let type = "HardSigmoid"
    static let parameters: [(name: String, fallback: Float)] = [("alpha", 0.2), ("beta", 0.5)]
    let values: [Float]

    var function: Tensor.ScalarFunction { .hardSigmoid(alpha: Double(values[0]), beta: Double(values[1])) }
    var step: ElementProgram.Function? { .hardSigmoid(alpha: Double(values[0]), beta: Double(values[1])) }
}

/// x where greater than alpha, 0 elsewhere.
struct ThresholdedRelu: ParametricActivation {
    static let type = "ThresholdedRelu"
    static let parameters: [(name: String, fallback: Float)] = [("alpha", 1)]
    let values: [Float]

    var function: Tensor.ScalarFunction { .thresholdedRelu(alpha: Double(values[0])) }
}

/// log(1 + e^x).
struct Softplus: ParametricActivation {
    static let type = "Softplus"
    static let parameters: [(name: String, fallback: Float)] = []
    let values: [Float]

    var function: Tensor.ScalarFunction { .softplus(beta: 1) }
}
