/// Networks of inverted residual blocks: MobileNetV2, MobileNetV3 and EfficientNet.
///
/// Sources: Sandler et al., "MobileNetV2: Inverted residuals and linear bottlenecks", 2018; Howard et al., "Searching for
/// MobileNetV3", 2019; Tan and Le, "EfficientNet: Rethinking model scaling for convolutional neural networks", 2019.
struct MobileNetwork: Architecture {
    /// The layers after the blocks.
    enum Head: Sendable {
        /// A convolution, the mean of each channel, the classifier.
        case direct(MobileBlock.Keys, width: Int, classifier: String)
        /// A convolution, means, a fully connected layer, the classifier.
        case hidden(MobileBlock.Keys, width: Int, hidden: String, hiddenWidth: Int, classifier: String)
        /// The same with a convolution in place of the fully connected layer.
        case convolved(MobileBlock.Keys, width: Int, hidden: String, hiddenWidth: Int, classifier: String)
    }

    let name: String
    let summary: String
    let stem: MobileBlock.Keys
    let stemWidth: Int
    var stemStride = 2
    /// The nonlinearity of the stem and the head.
    let activation: NetworkBuilder.Activation
    let blocks: [MobileBlock]
    let head: Head
    let epsilon: Double
    var defaultClasses = 1000
    var defaultImageSize = SpatialSize.imageNet

    var firstLayer: String { stem.convolution }

    func build(_ network: inout NetworkBuilder) throws {
        var features = try network.normalisedConvolution(
            stem, network.input, outputs: stemWidth, kernel: 3, stride: stemStride, epsilon: epsilon)
        features = try network.activation(activation, "stem", features)
        for block in blocks { features = try block.add(to: &network, features) }
        func top(_ keys: MobileBlock.Keys, _ width: Int) throws {
            features = try network.normalisedConvolution(
                keys, features, outputs: width, kernel: 1, epsilon: epsilon)
            features = try network.activation(activation, "head", features)
            features = try network.globalAveragePooling("avgpool", features)
        }
        switch head {
        case .direct(let keys, let width, let classifier):
            try top(keys, width)
            features = try network.flattened("flatten", features)
            try network.classifier(classifier, features)
        case .hidden(let keys, let width, let hidden, let hiddenWidth, let classifier):
            try top(keys, width)
            features = try network.flattened("flatten", features)
            features = try network.linear(hidden, features, outputs: hiddenWidth)
            features = try network.activation(activation, "hidden", features)
            try network.classifier(classifier, features)
        case .convolved(let keys, let width, let hidden, let hiddenWidth, let classifier):
            try top(keys, width)
            features = try network.convolution(
                hidden, features, outputs: hiddenWidth, kernel: 1, bias: .always)
            features = try network.activation(activation, "hidden", features)
            features = try network.flattened("flatten", features)
            try network.classifier(classifier, features)
        }
    }

    /// All with torchvision's keys, all with timm's, and MobileNetV2 for CIFAR.
    static let all: [any Architecture] =
        [MobileNetV2.torchvision, MobileNetV2.timm, MobileNetV2.cifar]
        + MobileNetV3.all + EfficientNet.all
}
