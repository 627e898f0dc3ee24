/// VGG for images of 32 x 32 pixels: 3 x 3 convolutions, five poolings, one fully connected layer.
///
/// Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition",
/// 2015, in the form that is customary for CIFAR: `features` numbers all layers consecutively, `classifier`
/// follows.
struct VGG: Architecture {
    let name: String
    let summary: String
    let steps: [VGGFeatures.Step]
    let hasNormalisation: Bool
    let hasBias: Bool

    var firstLayer: String { "features.0" }
    var defaultClasses: Int { 10 }
    var defaultImageSize: SpatialSize { .cifar }

    func build(_ network: inout NetworkBuilder) throws {
        let convolutions = VGGFeatures(
            steps: steps, hasNormalisation: hasNormalisation, bias: hasBias ? .inAllOrNone : .optional)
        var (features, next) = try convolutions.build(&network)
        features = try network.averagePooling(next, features, kernel: 1)
        features = try network.flattened("flatten", features)
        try network.classifier("classifier", features, bias: hasBias ? .always : .optional)
    }

    /// All depths and widths, each plain, with batch-norms, without biases, and with both.
    static let all: [any Architecture] = configurations.flatMap { configuration -> [any Architecture] in
        [(false, true), (true, true), (false, false), (true, false)].map { hasNormalisation, hasBias in
            VGG(
                name: configuration.name + (hasNormalisation ? "_bn" : "") + (hasBias ? "" : "_nobias"),
                summary: configuration.summary + (hasNormalisation ? ", with batch-norms" : "")
                    + (hasBias ? "" : ", without biases"),
                steps: configuration.steps, hasNormalisation: hasNormalisation, hasBias: hasBias)
        }
    }

    /// The steps by depth, as the original publication lists them.
    static let depths: [(depth: Int, steps: [VGGFeatures.Step])] = [
        (11, steps([64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0])),
        (13, steps([64, 64, 0, 128, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0])),
        (16, steps([64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0])),
        (
            19,
            steps([
                64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512, 512, 512, 512, 0,
            ])
        ),
    ]

    private static let configurations: [(name: String, summary: String, steps: [VGGFeatures.Step])] =
        depths.map { ("vgg\($0.depth)", "VGG\($0.depth) for 32 x 32 images", $0.steps) } + [
            (
                "vgg11_half", "VGG11 for 32 x 32 images, inner layers half as wide",
                steps([64, 0, 64, 0, 128, 128, 0, 256, 256, 0, 256, 512, 0])
            ),
            (
                "vgg11_doub", "VGG11 for 32 x 32 images, inner layers twice as wide",
                steps([64, 0, 256, 0, 512, 512, 0, 1024, 1024, 0, 1024, 512, 0])
            ),
            (
                "vgg11_quad", "VGG11 for 32 x 32 images, inner layers four times as wide",
                steps([64, 0, 512, 0, 1024, 1024, 0, 2048, 2048, 0, 2048, 512, 0])
            ),
        ]

    /// Returns steps from widths, where 0 stands for a pooling.
    private static func steps(_ widths: [Int]) -> [VGGFeatures.Step] {
        widths.map { $0 == 0 ? .pooling : .width($0) }
    }
}
