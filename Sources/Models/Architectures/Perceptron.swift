/// A perceptron: the pixels of an image as a vector, fully connected hidden layers, and a classifier.
///
/// As `Sequential(Flatten, features, classifier)`, where `features` numbers linear layers, batch-norms and
/// activations consecutively. Images are of 32 x 32 pixels unless another size is given.
struct Perceptron: Architecture {
    let name: String
    let summary: String
    let widths: [Int]
    let hasNormalisation: Bool

    var firstLayer: String { "features.0" }
    var defaultClasses: Int { 10 }
    var defaultImageSize: SpatialSize { .cifar }

    func build(_ network: inout NetworkBuilder) throws {
        var features = try network.flattened("flatten", network.input)
        var index = 0
        func next() -> String {
            defer { index += 1 }
            return "features.\(index)"
        }
        for width in widths {
            features = try network.linear(next(), features, outputs: width)
            if hasNormalisation { features = try network.batchNormalisation(next(), features) }
            features = try network.relu(next(), features)
        }
        try network.classifier("classifier", features)
    }

    /// Three hidden layers, plain and with batch-norms.
    static let all: [any Architecture] = [false, true].map { hasNormalisation in
        Perceptron(
            name: hasNormalisation ? "mlp_bn" : "mlp",
            summary: "three fully connected hidden layers of 256"
                + (hasNormalisation ? ", with batch-norms" : ""),
            widths: [256, 256, 256], hasNormalisation: hasNormalisation)
    }
}
