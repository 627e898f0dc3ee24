/// The convolutional part that all VGG networks share: 3 x 3 convolutions and poolings that halve the map.
struct VGGFeatures: Sendable {
    /// One step.
    enum Step: Sendable, Hashable {
        /// A convolution with a number of channels.
        case width(Int)
        /// A pooling that halves the map.
        case pooling
    }

    let steps: [Step]
    let hasNormalisation: Bool
    var bias = NetworkBuilder.Bias.inAllOrNone

    /// Adds the layers, numbered consecutively under `features`.
    ///
    /// - Returns: The output of the last layer, and the key of the layer after it.
    func build(_ network: inout NetworkBuilder) throws -> (features: NetworkBuilder.Features, next: String) {
        var features = network.input
        var index = 0
        func next() -> String {
            defer { index += 1 }
            return "features.\(index)"
        }
        for step in steps {
            switch step {
            case .width(let width):
                features = try network.convolution(
                    next(), features, outputs: width, kernel: 3, padding: 1, bias: bias)
                if hasNormalisation { features = try network.batchNormalisation(next(), features) }
                features = try network.relu(next(), features)
            case .pooling:
                features = try network.maxPooling(next(), features, kernel: 2, stride: 2)
            }
        }
        return (features, next())
    }
}
