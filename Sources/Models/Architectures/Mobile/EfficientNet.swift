/// The forms of EfficientNet.
enum EfficientNet {
    /// Expansion, kernel, stride, width and number of the blocks of each stage.
    private static let stages = [
        (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3),
        (6, 5, 2, 192, 4), (6, 3, 1, 320, 1),
    ]

    /// The width and depth factors relative to the smallest one, and the image size.
    private static let scales: [(width: Double, depth: Double, size: Int)] = [
        (1, 1, 224), (1, 1.1, 240), (1.1, 1.2, 288), (1.2, 1.4, 300), (1.4, 1.8, 380), (1.6, 2.2, 456),
        (1.8, 2.6, 528), (2, 3.1, 600),
    ]

    private static func blocks(
        width: Double, depth: Double, isTimm: Bool, epsilon: Double
    ) -> [MobileBlock] {
        var result: [MobileBlock] = []
        var inputs = MobileKeys.rounded(32 * width)
        for (stage, (expansion, kernel, stride, channels, count)) in stages.enumerated() {
            let outputs = MobileKeys.rounded(Double(channels) * width)
            for index in 0..<Int((Double(count) * depth).rounded(.up)) {
                let layers =
                    isTimm
                    ? MobileKeys.timm(stage, index, expands: expansion != 1)
                    : MobileKeys.numbered(
                        "features.\(stage + 1).\(index).block.", expands: expansion != 1, excites: true)
                result.append(
                    MobileBlock(
                        name: "block\(result.count)", expansion: layers.expansion, filter: layers.filter,
                        excitation: MobileBlock.Excitation(
                            keys: layers.excitation, width: max(1, inputs / 4), inner: .silu, gate: .sigmoid),
                        reduction: layers.reduction, inputs: inputs, inner: inputs * expansion,
                        outputs: outputs, kernel: kernel, stride: index == 0 ? stride : 1, activation: .silu,
                        epsilon: epsilon))
                inputs = outputs
            }
        }
        return result
    }

    static let all: [any Architecture] = scales.enumerated().flatMap {
        number, scale -> [any Architecture] in
        let width = 4 * MobileKeys.rounded(320 * scale.width)
        let size = SpatialSize(height: scale.size, width: scale.size)
        // The larger ones were converted from another framework, with the epsilon of their training.
        let epsilon = number < 5 ? 1e-5 : 1e-3
        let torchvision = MobileNetwork(
            name: "torchvision_efficientnet_b\(number)",
            summary: "EfficientNet-B\(number) for ImageNet, torchvision's keys",
            stem: MobileBlock.Keys("features.0.0", "features.0.1"),
            stemWidth: MobileKeys.rounded(32 * scale.width), activation: .silu,
            blocks: blocks(width: scale.width, depth: scale.depth, isTimm: false, epsilon: epsilon),
            head: .direct(
                MobileBlock.Keys("features.8.0", "features.8.1"), width: width, classifier: "classifier.1"),
            epsilon: epsilon, defaultImageSize: size)
        let timm = MobileNetwork(
            name: "timm_efficientnet_b\(number)",
            summary: "EfficientNet-B\(number) for ImageNet, timm's keys",
            stem: MobileBlock.Keys("conv_stem", "bn1"),
            stemWidth: MobileKeys.rounded(32 * scale.width), activation: .silu,
            blocks: blocks(width: scale.width, depth: scale.depth, isTimm: true, epsilon: 1e-5),
            head: .direct(MobileBlock.Keys("conv_head", "bn2"), width: width, classifier: "classifier"),
            epsilon: 1e-5, defaultImageSize: size)
        return number < 5 ? [torchvision, timm] : [torchvision]
    }
}
