/// VGG for ImageNet with the keys of the package torchvision: three fully connected layers after a 7 x 7 map.
///
/// Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", 2015.
struct TorchvisionVGG: Architecture {
    let name: String
    let summary: String
    let steps: [VGGFeatures.Step]
    let hasNormalisation: Bool

    var firstLayer: String { "features.0" }
    var defaultClasses: Int { 1000 }
    var defaultImageSize: SpatialSize { .imageNet }

    func build(_ network: inout NetworkBuilder) throws {
        var (features, _) = try VGGFeatures(steps: steps, hasNormalisation: hasNormalisation).build(&network)
        features = try network.adaptiveAveragePooling("avgpool", features, length: 7)
        features = try network.flattened("flatten", features)
        for layer in [0, 3] {
            features = try network.linear("classifier.\(layer)", features, outputs: 4096)
            features = try network.relu("classifier.\(layer + 1)", features)
            features = try network.dropout("classifier.\(layer + 2)", features)
        }
        try network.classifier("classifier.6", features)
    }

    /// All depths, each plain and with batch-norms.
    static let all: [any Architecture] = VGG.depths.flatMap { depth, steps -> [any Architecture] in
        [false, true].map { hasNormalisation in
            TorchvisionVGG(
                name: "torchvision_vgg\(depth)" + (hasNormalisation ? "_bn" : ""),
                summary: "VGG\(depth) for ImageNet, torchvision's keys"
                    + (hasNormalisation ? ", with batch-norms" : ""),
                steps: steps, hasNormalisation: hasNormalisation)
        }
    }
}
