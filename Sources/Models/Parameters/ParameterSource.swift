internal import Torch

/// The source of a network's parameters: a state dictionary, or a random number generator.
protocol ParameterSource {
    /// The number of channels of the images.
    var inputChannels: Int { get }

    /// Returns the weight of a convolution or a fully connected layer, and its bias if it has one.
    mutating func layer(_ request: LayerRequest) throws -> LayerParameters

    /// Returns a tensor that belongs to neither a layer nor a batch-norm: a scale, a table of positions.
    ///
    /// - Parameters:
    ///   - key: Its full key.
    ///   - shape: Its shape.
    ///   - origin: What determines the shape, for error messages.
    ///   - value: The initial value of each element.
    mutating func tensor(
        _ key: String, _ shape: [Int], origin: String, value: Double
    ) throws -> Tensor

    /// Returns the parameters of a batch-norm over a layer's output channels, or nil if it has been folded.
    mutating func normalisation(_ key: String, channels: Int) throws -> NormalisationParameters?

    /// Records that streams of different widths meet, and returns whether to continue without adding them.
    mutating func passesOver(_ first: NetworkBuilder.Features, _ second: NetworkBuilder.Features) -> Bool

    /// Checks that nothing was missing and nothing is left over.
    ///
    /// - Throws: `ModelError`.
    func finish() throws
}

/// An architecture's description of a convolution or a fully connected layer.
struct LayerRequest {
    /// The key without ".weight".
    let key: String
    /// The number of input channels or values.
    let inputs: Int
    /// The source of the input, for error messages.
    let origin: String
    /// The width by definition.
    let outputs: Int
    /// Whether the width is scaled with the others (that of the classifier is not).
    let isScaled: Bool
    /// The kernel's lengths; empty for a fully connected layer.
    let kernel: [Int]
    /// The number of groups by definition.
    let groups: Int
    /// Whether there is a bias.
    let bias: NetworkBuilder.Bias
    /// The text between the key and "weight" or "bias".
    var separator = "."

    /// The key of the weight.
    var weightKey: String { key + separator + "weight" }
    /// The key of the bias.
    var biasKey: String { key + separator + "bias" }
}

/// The parameters of a convolution or a fully connected layer.
struct LayerParameters {
    /// `[out, in / groups, kernel...]`.
    let weight: Tensor
    /// `[out]`.
    let bias: Tensor?
    /// The number of groups.
    let groups: Int
}

/// The parameters of a batch-norm, all `[channels]`.
struct NormalisationParameters {
    let scale: Tensor
    let shift: Tensor
    let mean: Tensor
    let variance: Tensor

    /// The parts of the key, in PyTorch's order.
    static let names = ["weight", "bias", "running_mean", "running_var"]

    /// The tensors, in the order of `names`.
    var tensors: [Tensor] { [scale, shift, mean, variance] }
}
