/// An inverted residual block: channels are expanded, filtered one by one, gated and reduced again.
struct MobileBlock: Sendable {
    /// The keys of a convolution and of its batch-norm.
    struct Keys: Sendable {
        let convolution: String
        let normalisation: String

        init(_ convolution: String, _ normalisation: String) {
            (self.convolution, self.normalisation) = (convolution, normalisation)
        }
    }

    /// The gate of the channels.
    struct Excitation: Sendable {
        let keys: (String, String)
        let width: Int
        let inner: NetworkBuilder.Activation
        let gate: NetworkBuilder.Activation
    }

    /// The name, for nodes without parameters.
    let name: String
    /// The expansion; nil for none.
    let expansion: Keys?
    let filter: Keys
    var excitation: Excitation?
    let reduction: Keys
    /// The shortcut's convolution; nil for none.
    var shortcut: Keys?
    /// The channels at the input, inside, and at the output.
    let inputs: Int
    let inner: Int
    let outputs: Int
    let kernel: Int
    let stride: Int
    let activation: NetworkBuilder.Activation
    let epsilon: Double

    /// Adds the block.
    func add(
        to network: inout NetworkBuilder, _ input: NetworkBuilder.Features
    ) throws -> NetworkBuilder.Features {
        var features = input
        if let expansion {
            features = try network.normalisedConvolution(
                expansion, features, outputs: inner, kernel: 1, epsilon: epsilon)
            features = try network.activation(activation, name + ".expand", features)
        }
        features = try network.normalisedConvolution(
            filter, features, outputs: inner, kernel: kernel, stride: stride, groups: features.channels,
            epsilon: epsilon)
        features = try network.activation(activation, name + ".filter", features)
        if let excitation {
            features = try network.excitation(
                name + ".excite", features, keys: excitation.keys, width: excitation.width, outputs: inner,
                inner: excitation.inner, gate: excitation.gate)
        }
        features = try network.normalisedConvolution(
            reduction, features, outputs: outputs, kernel: 1, epsilon: epsilon)
        if let shortcut {
            let other = try network.normalisedConvolution(
                shortcut, input, outputs: outputs, kernel: 1, epsilon: epsilon)
            return try network.sum(name + ".add", features, other)
        }
        guard stride == 1, inputs == outputs else { return features }
        return try network.sum(name + ".add", features, input)
    }
}

extension NetworkBuilder {
    /// Adds a convolution without bias and its batch-norm.
    mutating func normalisedConvolution(
        _ keys: MobileBlock.Keys, _ features: Features, outputs: Int, kernel: Int, stride: Int = 1,
        groups: Int = 1, epsilon: Double
    ) throws -> Features {
        let made = try convolution(
            keys.convolution, features, outputs: outputs, kernel: kernel, stride: stride,
            padding: kernel / 2, groups: groups, bias: .optional)
        return try batchNormalisation(keys.normalisation, made, epsilon: epsilon)
    }
}
