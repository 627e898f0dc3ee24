internal import Graph
internal import Torch

extension NetworkBuilder {
    /// A nonlinearity of the networks for ImageNet.
    enum Activation: Sendable, Hashable {
        case relu
        /// max(0, min(6, x)).
        case relu6
        /// x sigmoid(x).
        case silu
        /// x max(0, min(1, x / 6 + 1 / 2)).
        case hardSwish
        /// x times the distribution function of the normal distribution.
        case gelu
        case sigmoid
        /// max(0, min(1, x / 6 + 1 / 2)).
        case hardSigmoid
    }

    /// Adds a nonlinearity.
    mutating func activation(_ kind: Activation, _ name: String, _ features: Features) throws -> Features {
        switch kind {
        case .relu: return try relu(name, features)
        case .relu6:
            let bounds = try [0.0, 6].enumerated().map {
                try constant("\(name).\($0)", Tensor(repeating: $1, shape: []))
            }
            return try node("Clip", name, [features.value] + bounds, origin: features.origin)
        case .silu:
            let gate = try operation("Sigmoid", name + ".sigmoid", features)
            return try product(name, features, gate)
        case .hardSwish: return try operation("HardSwish", name, features)
        case .gelu:
            func scaled(_ part: String, _ input: Features, _ operation: String, _ number: Double) throws
                -> Features
            {
                let number = try constant("\(name).\(part)", Tensor(repeating: number, shape: []))
                return try node(
                    operation, "\(name).\(part)", [input.value, number], origin: features.origin)
            }
            var inner = try scaled("scale", features, "Mul", 0.5.squareRoot())
            inner = try operation("Erf", name + ".erf", inner)
            inner = try scaled("shift", inner, "Add", 1)
            inner = try product(name + ".gate", features, inner)
            return try scaled("half", inner, "Mul", 0.5)
        case .sigmoid: return try operation("Sigmoid", name, features)
        case .hardSigmoid:
            return try operation("HardSigmoid", name, features, ["alpha": .float(1.0 / 6)])
        }
    }

    /// Multiplies two values, one of which may be one number per channel.
    mutating func product(_ name: String, _ first: Features, _ second: Features) throws -> Features {
        try node("Mul", name, [first.value, second.value], origin: first.origin)
    }

    /// Scales each channel by the output of two small layers on the means of all channels (squeeze and
    /// excitation).
    ///
    /// - Parameters:
    ///   - keys: The keys of the two layers.
    ///   - width: The number of values between them by definition.
    ///   - outputs: The number of channels by definition.
    mutating func excitation(
        _ name: String, _ features: Features, keys: (String, String), width: Int, outputs: Int,
        inner: Activation, gate: Activation
    ) throws -> Features {
        var means = try globalAveragePooling(name + ".mean", features)
        means = try convolution(keys.0, means, outputs: width, kernel: 1, bias: .always)
        means = try activation(inner, name + ".activation", means)
        means = try convolution(keys.1, means, outputs: outputs, kernel: 1, bias: .always)
        means = try activation(gate, name + ".gate", means)
        return try product(name, features, means)
    }
}
