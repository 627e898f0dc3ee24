/// Densely connected networks for images of 32 x 32 pixels: every layer's output is joined with all earlier
/// ones.
///
/// Source: Huang et al., "Densely connected convolutional networks", 2017, with the keys that are customary for CIFAR:
/// `conv1`, `dense1.0.bn1`, `trans1.conv`, ..., `bn`, `linear`.
struct CIFARDenseNet: Architecture {
    let name: String
    let summary: String
    /// The number of layers of each part.
    let counts: [Int]
    /// The number of channels that each layer adds.
    let growth: Int

    var firstLayer: String { "conv1" }
    var defaultClasses: Int { 10 }
    var defaultImageSize: SpatialSize { .cifar }

    func build(_ network: inout NetworkBuilder) throws {
        var channels = 2 * growth
        var features = try network.convolution(
            "conv1", network.input, outputs: channels, kernel: 3, padding: 1, bias: .optional)
        for (part, count) in counts.enumerated() {
            for index in 0..<count {
                let prefix = "dense\(part + 1).\(index)."
                var inner = try network.batchNormalisation(prefix + "bn1", features)
                inner = try network.relu(prefix + "relu1", inner)
                inner = try network.convolution(
                    prefix + "conv1", inner, outputs: 4 * growth, kernel: 1, bias: .optional)
                inner = try network.batchNormalisation(prefix + "bn2", inner)
                inner = try network.relu(prefix + "relu2", inner)
                inner = try network.convolution(
                    prefix + "conv2", inner, outputs: growth, kernel: 3, padding: 1, bias: .optional)
                features = try network.joined(prefix + "concat", inner, features)
                channels += growth
            }
            guard part < counts.count - 1 else { break }
            channels /= 2
            let prefix = "trans\(part + 1)."
            features = try network.batchNormalisation(prefix + "bn", features)
            features = try network.relu(prefix + "relu", features)
            features = try network.convolution(
                prefix + "conv", features, outputs: channels, kernel: 1, bias: .optional)
            features = try network.averagePooling(prefix + "pool", features, kernel: 2)
        }
        features = try network.batchNormalisation("bn", features)
        features = try network.relu("relu", features)
        features = try network.globalAveragePooling("avgpool", features)
        features = try network.flattened("flatten", features)
        try network.classifier("linear", features)
    }

    /// The customary depths.
    static let all: [any Architecture] = [
        ("121", [6, 12, 24, 16], 32), ("169", [6, 12, 32, 32], 32), ("201", [6, 12, 48, 32], 32),
        ("161", [6, 12, 36, 24], 48), ("_cifar", [6, 12, 24, 16], 12),
    ].map { suffix, counts, growth in
        CIFARDenseNet(
            name: "densenet\(suffix)",
            summary:
                "DenseNet for 32 x 32 images, \(counts.reduce(0, +)) layers that add \(growth) channels each",
            counts: counts, growth: growth)
    }
}
