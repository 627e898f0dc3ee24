/// ResNet for images of 32 x 32 pixels: a 3 x 3 stem without pooling, stages, an average pooling, one fully
/// connected layer.
///
/// Source: He et al., "Deep residual learning for image recognition", 2016, in the form that is customary for
/// CIFAR: with four stages from 64 channels on (ResNet18 and deeper), or with three from 16 on (section 4.2
/// there: ResNet20 and deeper, whose shortcuts there are padded with zeros). The first block of every stage
/// after the first halves the map; a shortcut has a 1 x 1 convolution where the map or the width changes.
struct CIFARResNet: Architecture {
    let name: String
    let summary: String
    let stages: ResNetStages
    let hasNormalisation: Bool
    let classifierHasBias: Bool

    var firstLayer: String { "conv1" }
    var defaultClasses: Int { 10 }
    var defaultImageSize: SpatialSize { .cifar }

    func build(_ network: inout NetworkBuilder) throws {
        var features = try convolution(&network, "", 1, network.input, outputs: stages.firstWidth, kernel: 3)
        features = try network.relu("relu", features)
        var inputs = stages.firstWidth
        for block in stages.blocks {
            features = try add(block, inputs: inputs, to: &network, features)
            inputs = block.outputs
        }
        features = try network.averagePooling("avgpool", features, kernel: stages.finalMap)
        features = try network.flattened("flatten", features)
        try network.classifier("linear", features, bias: classifierHasBias ? .always : .optional)
    }

    private func add(
        _ block: ResNetStages.Block, inputs: Int, to network: inout NetworkBuilder,
        _ input: NetworkBuilder.Features
    ) throws -> NetworkBuilder.Features {
        let prefix = block.name + "."
        var features = input
        if stages.isBottleneck {
            features = try convolution(&network, prefix, 1, features, outputs: block.width, kernel: 1)
            features = try network.relu(prefix + "relu1", features)
            features = try convolution(
                &network, prefix, 2, features, outputs: block.width, kernel: 3, stride: block.stride)
            features = try network.relu(prefix + "relu2", features)
            features = try convolution(&network, prefix, 3, features, outputs: block.outputs, kernel: 1)
        } else {
            features = try convolution(
                &network, prefix, 1, features, outputs: block.width, kernel: 3, stride: block.stride)
            features = try network.relu(prefix + "relu1", features)
            features = try convolution(&network, prefix, 2, features, outputs: block.outputs, kernel: 3)
        }
        var shortcut = input
        if block.stride != 1 || inputs != block.outputs {
            shortcut = try network.convolution(
                prefix + "shortcut.0", input, outputs: block.outputs, kernel: 1, stride: block.stride,
                bias: .inAllOrNone)
            if hasNormalisation {
                shortcut = try network.batchNormalisation(prefix + "shortcut.1", shortcut)
            }
        }
        features = try network.sum(prefix + "add", features, shortcut)
        return try network.relu(prefix + "relu", features)
    }

    /// Adds a block's n-th convolution and its batch-norm.
    private func convolution(
        _ network: inout NetworkBuilder, _ prefix: String, _ number: Int, _ input: NetworkBuilder.Features,
        outputs: Int, kernel: Int, stride: Int = 1
    ) throws -> NetworkBuilder.Features {
        let features = try network.convolution(
            "\(prefix)conv\(number)", input, outputs: outputs, kernel: kernel, stride: stride,
            padding: kernel / 2, bias: .inAllOrNone)
        return hasNormalisation ? try network.batchNormalisation("\(prefix)bn\(number)", features) : features
    }

    /// All depths, each in full, without the classifier's bias, and also without batch-norms.
    static let all: [any Architecture] = (ResNetStages.depths + ResNetStages.narrowDepths).flatMap {
        depth, stages -> [any Architecture] in
        [("", true, true), ("_nobias", true, false), ("_nobias_nobn", false, false)].map {
            suffix, hasNormalisation, classifierHasBias in
            CIFARResNet(
                name: "resnet\(depth)\(suffix)",
                summary: "ResNet\(depth) for 32 x 32 images"
                    + (classifierHasBias ? "" : ", classifier without bias")
                    + (hasNormalisation ? "" : ", without batch-norms"),
                stages: stages, hasNormalisation: hasNormalisation, classifierHasBias: classifierHasBias)
        }
    }
}
