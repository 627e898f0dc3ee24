/// Residual networks for images of 32 x 32 pixels whose shortcuts have no parameters (option A).
///
/// Where a stage halves the map, the shortcut takes every second pixel and adds channels of zeros on both sides. Sources: He et
/// al., "Deep residual learning for image recognition", 2016, section 4.2; keys as in the widespread implementation for
/// PyTorch: `conv1`, `bn1`, `layer1.0.conv1`, ..., `linear`.
struct ZeroPaddedResNet: Architecture {
    let name: String
    let summary: String
    let stages: ResNetStages

    var firstLayer: String { "conv1" }
    var defaultClasses: Int { 10 }
    var defaultImageSize: SpatialSize { .cifar }

    func build(_ network: inout NetworkBuilder) throws {
        var features = try layer(&network, "", 1, network.input, outputs: stages.firstWidth, stride: 1)
        features = try network.relu("relu", features)
        for block in stages.blocks {
            let prefix = block.name + "."
            var inner = try layer(
                &network, prefix, 1, features, outputs: block.width, stride: block.stride)
            inner = try network.relu(prefix + "relu1", inner)
            inner = try layer(&network, prefix, 2, inner, outputs: block.outputs, stride: 1)
            let shortcut = try network.zeroPaddedShortcut(
                prefix + "shortcut", features, channels: inner.channels, stride: block.stride)
            features = try network.sum(prefix + "add", inner, shortcut)
            features = try network.relu(prefix + "relu", features)
        }
        features = try network.globalAveragePooling("avgpool", features)
        features = try network.flattened("flatten", features)
        try network.classifier("linear", features)
    }

    private func layer(
        _ network: inout NetworkBuilder, _ prefix: String, _ number: Int, _ input: NetworkBuilder.Features,
        outputs: Int, stride: Int
    ) throws -> NetworkBuilder.Features {
        let features = try network.convolution(
            "\(prefix)conv\(number)", input, outputs: outputs, kernel: 3, stride: stride, padding: 1,
            bias: .optional)
        return try network.batchNormalisation("\(prefix)bn\(number)", features)
    }

    /// The depths of the publication, except 1202 layers.
    static let all: [any Architecture] = ResNetStages.narrowDepths.map { depth, stages in
        ZeroPaddedResNet(
            name: "resnet\(depth)_option_a",
            summary: "ResNet\(depth) for 32 x 32 images, shortcuts padded with zeros", stages: stages)
    }
}
