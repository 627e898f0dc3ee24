/// The forms of MobileNetV2.
enum MobileNetV2 {
    /// Expansion, width, number and stride of the blocks of each stage.
    private static let stages = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]

    private struct Place {
        let stage: Int
        let index: Int
        /// The place in the sequence of all blocks.
        let position: Int
        let inputs: Int
        let inner: Int
        let outputs: Int
        let stride: Int
        let expands: Bool
    }

    private static var places: [Place] {
        var result: [Place] = []
        var inputs = 32
        for (stage, (expansion, width, count, stride)) in stages.enumerated() {
            for index in 0..<count {
                result.append(
                    Place(
                        stage: stage, index: index, position: result.count, inputs: inputs,
                        inner: inputs * expansion, outputs: width, stride: index == 0 ? stride : 1,
                        expands: expansion != 1))
                inputs = width
            }
        }
        return result
    }

    private static func block(
        _ place: Place, _ layers: MobileKeys.Layers, stride: Int? = nil, shortcut: MobileBlock.Keys? = nil,
        activation: NetworkBuilder.Activation = .relu6
    ) -> MobileBlock {
        MobileBlock(
            name: "block\(place.position)", expansion: layers.expansion, filter: layers.filter,
            reduction: layers.reduction, shortcut: shortcut, inputs: place.inputs, inner: place.inner,
            outputs: place.outputs, kernel: 3, stride: stride ?? place.stride, activation: activation,
            epsilon: 1e-5)
    }

    static let torchvision = MobileNetwork(
        name: "torchvision_mobilenet_v2", summary: "MobileNetV2 for ImageNet, torchvision's keys",
        stem: MobileBlock.Keys("features.0.0", "features.0.1"), stemWidth: 32, activation: .relu6,
        blocks: places.map { place in
            let prefix = "features.\(place.position + 1).conv."
            let last = place.expands ? 2 : 1
            return block(
                place,
                MobileKeys.Layers(
                    expansion: place.expands ? MobileBlock.Keys(prefix + "0.0", prefix + "0.1") : nil,
                    filter: MobileBlock.Keys("\(prefix)\(last - 1).0", "\(prefix)\(last - 1).1"),
                    excitation: ("", ""),
                    reduction: MobileBlock.Keys("\(prefix)\(last)", "\(prefix)\(last + 1)")))
        },
        head: .direct(
            MobileBlock.Keys("features.18.0", "features.18.1"), width: 1280, classifier: "classifier.1"),
        epsilon: 1e-5)

    static let timm = MobileNetwork(
        name: "timm_mobilenetv2_100", summary: "MobileNetV2 for ImageNet, timm's keys",
        stem: MobileBlock.Keys("conv_stem", "bn1"), stemWidth: 32, activation: .relu6,
        blocks: places.map {
            block($0, MobileKeys.timm($0.stage, $0.index, expands: $0.expands))
        },
        head: .direct(MobileBlock.Keys("conv_head", "bn2"), width: 1280, classifier: "classifier"),
        epsilon: 1e-5)

    /// For 32 x 32 images, with the keys that are customary for CIFAR: the stem and the second stage keep the map's size.
    static let cifar = MobileNetwork(
        name: "mobilenet_v2", summary: "MobileNetV2 for 32 x 32 images",
        stem: MobileBlock.Keys("conv1", "bn1"), stemWidth: 32, stemStride: 1, activation: .relu,
        blocks: places.map { place in
            func keys(_ number: Int) -> MobileBlock.Keys {
                MobileBlock.Keys(
                    "layers.\(place.position).conv\(number)", "layers.\(place.position).bn\(number)")
            }
            let stride = place.stage == 1 ? 1 : place.stride
            let shortcut = "layers.\(place.position).shortcut."
            return block(
                place,
                MobileKeys.Layers(
                    expansion: keys(1), filter: keys(2), excitation: ("", ""), reduction: keys(3)),
                stride: stride,
                shortcut: stride == 1 && place.inputs != place.outputs
                    ? MobileBlock.Keys(shortcut + "0", shortcut + "1") : nil,
                activation: .relu)
        },
        head: .direct(MobileBlock.Keys("conv2", "bn2"), width: 1280, classifier: "linear"), epsilon: 1e-5,
        defaultClasses: 10, defaultImageSize: .cifar)
}
