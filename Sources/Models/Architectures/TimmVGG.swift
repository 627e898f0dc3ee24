/// VGG for ImageNet with timm's keys: the fully connected layers are convolutions.
struct TimmVGG: Architecture {
    let name: String
    let summary: String
    let steps: [VGGFeatures.Step]
    let hasNormalisation: Bool

    var firstLayer: String { "features.0" }
    var defaultClasses: Int { 1000 }
    var defaultImageSize: SpatialSize { .imageNet }

    func build(_ network: inout NetworkBuilder) throws {
        var (features, _) = try VGGFeatures(steps: steps, hasNormalisation: hasNormalisation).build(&network)
        for (key, kernel) in [("pre_logits.fc1", 7), ("pre_logits.fc2", 1)] {
            features = try network.convolution(key, features, outputs: 4096, kernel: kernel, bias: .always)
            features = try network.relu(key + ".relu", features)
        }
        features = try network.globalAveragePooling("head.global_pool", features)
        features = try network.flattened("flatten", features)
        try network.classifier("head.fc", features)
    }

    /// All depths, each plain and with batch-norms.
    static let all: [any Architecture] = VGG.depths.flatMap { depth, steps -> [any Architecture] in
        [false, true].map { hasNormalisation in
            TimmVGG(
                name: "timm_vgg\(depth)" + (hasNormalisation ? "_bn" : ""),
                summary: "VGG\(depth) for ImageNet, timm's keys"
                    + (hasNormalisation ? ", with batch-norms" : ""),
                steps: steps, hasNormalisation: hasNormalisation)
        }
    }
}
