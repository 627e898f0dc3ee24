/// ConvNeXt: depthwise convolutions of 7 x 7 and two fully connected layers for each pixel.
///
/// Source: Liu et al., "A ConvNet for the 2020s", 2022.
struct ConvNeXt: Architecture {
    /// The keys of one block's parameters.
    private struct Keys {
        let filter: String
        let normalisation: String
        let first: String
        let second: String
        let scale: String
        /// Whether the scale is stored as a map of one pixel.
        let scaleIsMap: Bool
    }

    let name: String
    let summary: String
    let counts: [Int]
    let widths: [Int]
    let isTimm: Bool

    var firstLayer: String { isTimm ? "stem.0" : "features.0.0" }
    var defaultClasses: Int { 1000 }
    var defaultImageSize: SpatialSize { .imageNet }

    func build(_ network: inout NetworkBuilder) throws {
        var features = try network.convolution(
            firstLayer, network.input, outputs: widths[0], kernel: 4, stride: 4, bias: .always)
        features = try network.channelNormalisation(isTimm ? "stem.1" : "features.0.1", features)
        for (stage, count) in counts.enumerated() {
            if stage > 0 {
                let prefix = isTimm ? "stages.\(stage).downsample." : "features.\(2 * stage)."
                features = try network.channelNormalisation(prefix + "0", features)
                features = try network.convolution(
                    prefix + "1", features, outputs: widths[stage], kernel: 2, stride: 2, bias: .always)
            }
            for index in 0..<count {
                features = try add(
                    keys(stage, index), width: widths[stage], name: "block\(stage).\(index)", to: &network,
                    features)
            }
        }
        features = try network.globalAveragePooling("avgpool", features)
        features = try network.channelNormalisation(isTimm ? "head.norm" : "classifier.0", features)
        features = try network.flattened("flatten", features)
        try network.classifier(isTimm ? "head.fc" : "classifier.2", features)
    }

    private func keys(_ stage: Int, _ index: Int) -> Keys {
        if isTimm {
            let prefix = "stages.\(stage).blocks.\(index)."
            return Keys(
                filter: prefix + "conv_dw", normalisation: prefix + "norm", first: prefix + "mlp.fc1",
                second: prefix + "mlp.fc2", scale: prefix + "gamma", scaleIsMap: false)
        }
        let prefix = "features.\(2 * stage + 1).\(index)."
        return Keys(
            filter: prefix + "block.0", normalisation: prefix + "block.2", first: prefix + "block.3",
            second: prefix + "block.5", scale: prefix + "layer_scale", scaleIsMap: true)
    }

    private func add(
        _ keys: Keys, width: Int, name: String, to network: inout NetworkBuilder,
        _ input: NetworkBuilder.Features
    ) throws -> NetworkBuilder.Features {
        let filtered = try network.convolution(
            keys.filter, input, outputs: width, kernel: 7, padding: 3, groups: input.channels, bias: .always)
        var pixels = try network.pixels(name + ".pixels", filtered)
        pixels = try network.rowNormalisation(keys.normalisation, pixels, epsilon: 1e-6)
        pixels = try network.linear(keys.first, pixels, outputs: 4 * width)
        pixels = try network.activation(.gelu, name + ".gelu", pixels)
        pixels = try network.linear(keys.second, pixels, outputs: width)
        var features = try network.map(name + ".map", pixels, like: filtered)
        features = try network.scaled(keys.scale, features, isMap: keys.scaleIsMap)
        return try network.sum(name + ".add", features, input)
    }

    /// The customary sizes, with torchvision's keys and with timm's.
    static let all: [any Architecture] = [
        ("tiny", [3, 3, 9, 3], [96, 192, 384, 768]), ("small", [3, 3, 27, 3], [96, 192, 384, 768]),
        ("base", [3, 3, 27, 3], [128, 256, 512, 1024]), ("large", [3, 3, 27, 3], [192, 384, 768, 1536]),
    ].flatMap { size, counts, widths -> [any Architecture] in
        [false, true].map { isTimm in
            ConvNeXt(
                name: "\(isTimm ? "timm" : "torchvision")_convnext_\(size)",
                summary: "ConvNeXt (\(size)) for ImageNet, \(isTimm ? "timm" : "torchvision")'s keys",
                counts: counts, widths: widths, isTimm: isTimm)
        }
    }
}
