/// ResNet, wide ResNet and ResNeXt for ImageNet with the keys of the package torchvision.
///
/// Sources: He et al., "Deep residual learning for image recognition", 2016; Zagoruyko and Komodakis, "Wide residual
/// networks", 2016; Xie et al., "Aggregated residual transformations for deep neural networks", 2017.
struct TorchvisionResNet: Architecture {
    let name: String
    let summary: String
    let stages: ResNetStages

    var firstLayer: String { "conv1" }
    var defaultClasses: Int { 1000 }
    var defaultImageSize: SpatialSize { .imageNet }

    func build(_ network: inout NetworkBuilder) throws {
        var features = try network.convolution(
            "conv1", network.input, outputs: 64, kernel: 7, stride: 2, padding: 3, bias: .optional)
        features = try network.batchNormalisation("bn1", features)
        features = try network.relu("relu", features)
        features = try network.maxPooling("maxpool", features, kernel: 3, stride: 2, padding: 1)
        var inputs = 64
        for block in stages.blocks {
            features = try add(block, inputs: inputs, to: &network, features)
            inputs = block.outputs
        }
        features = try network.globalAveragePooling("avgpool", features)
        features = try network.flattened("flatten", features)
        try network.classifier("fc", features)
    }

    private func add(
        _ block: ResNetStages.Block, inputs: Int, to network: inout NetworkBuilder,
        _ input: NetworkBuilder.Features
    ) throws -> NetworkBuilder.Features {
        let prefix = block.name + "."
        // Number, width, kernel, stride and groups of each convolution.
        let convolutions: [(Int, Int, Int, Int, Int)] =
            stages.isBottleneck
            ? [
                (1, block.width, 1, 1, 1), (2, block.width, 3, block.stride, stages.groups),
                (3, block.outputs, 1, 1, 1),
            ] : [(1, block.width, 3, block.stride, 1), (2, block.outputs, 3, 1, 1)]
        var features = input
        for (number, width, kernel, stride, groups) in convolutions {
            features = try network.convolution(
                "\(prefix)conv\(number)", features, outputs: width, kernel: kernel, stride: stride,
                padding: kernel / 2, groups: groups, bias: .optional)
            features = try network.batchNormalisation("\(prefix)bn\(number)", features)
            if number < convolutions.count {
                features = try network.relu("\(prefix)relu\(number)", features)
            }
        }
        var shortcut = input
        if block.stride != 1 || inputs != block.outputs {
            shortcut = try network.convolution(
                prefix + "downsample.0", input, outputs: block.outputs, kernel: 1, stride: block.stride,
                bias: .optional)
            shortcut = try network.batchNormalisation(prefix + "downsample.1", shortcut)
        }
        features = try network.sum(prefix + "add", features, shortcut)
        return try network.relu(prefix + "relu", features)
    }

    /// All that torchvision has.
    static let all: [any Architecture] =
        ResNetStages.depths.map { depth, stages in
            TorchvisionResNet(
                name: "torchvision_resnet\(depth)",
                summary: "ResNet\(depth) for ImageNet, torchvision's keys",
                stages: stages)
        }
        + variants.map { name, title, counts, widening, groups in
            TorchvisionResNet(
                name: "torchvision_\(name)", summary: "\(title) for ImageNet, torchvision's keys",
                stages: ResNetStages(
                    counts: counts, isBottleneck: true, widening: widening, groups: groups))
        }

    private static let variants: [(String, String, counts: [Int], widening: Int, groups: Int)] = [
        ("wide_resnet50_2", "Wide ResNet50-2", [3, 4, 6, 3], 2, 1),
        ("wide_resnet101_2", "Wide ResNet101-2", [3, 4, 23, 3], 2, 1),
        ("resnext50_32x4d", "ResNeXt50 32x4d", [3, 4, 6, 3], 2, 32),
        ("resnext101_32x8d", "ResNeXt101 32x8d", [3, 4, 23, 3], 4, 32),
        ("resnext101_64x4d", "ResNeXt101 64x4d", [3, 4, 23, 3], 4, 64),
    ]
}
