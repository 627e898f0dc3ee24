public import Checkpoints
public import Graph

/// The layers of a network and their wiring: everything except the widths and the weights.
///
/// Parameters have the names of PyTorch's state dict. One description serves for new networks and for stored
/// ones, whose widths, number of classes and number of input channels are read from their tensors.
public protocol Architecture: Sendable {
    /// The name, as in `ModelRegistry`.
    var name: String { get }

    /// What it is, in one line.
    var summary: String { get }

    /// The key of the layer that sees the image, such as "features.0".
    var firstLayer: String { get }

    /// The default number of classes of a new network.
    var defaultClasses: Int { get }

    /// The default size of the images.
    var defaultImageSize: SpatialSize { get }

    /// Adds all layers, in the order in which they are defined, and ends with `NetworkBuilder.classifier`.
    ///
    /// - Throws: `GraphError` if a layer does not fit the size of its input.
    func build(_ network: inout NetworkBuilder) throws
}

extension Architecture {
    /// Returns the network whose parameters a state dictionary holds.
    ///
    /// Widths are read from the tensors, so a pruned network loads too. Batch-norms and biases of
    /// convolutions may be missing altogether, as after folding. Element types are converted to float32;
    /// `num_batches_tracked` is ignored.
    ///
    /// - Parameters:
    ///   - state: The tensors by PyTorch's keys, with or without the prefix "module.".
    ///   - imageSize: The size of the images; nil for the architecture's default.
    /// - Returns: A graph from "input" `[1, channels, height, width]` to "output" `[1, classes]`.
    /// - Throws: `ModelError` listing every key that is missing, unexpected or does not fit.
    public func load(_ state: StateDictionary, imageSize: SpatialSize? = nil) throws -> Graph {
        let source = StoredParameters(
            state.removingPrefix("module.") ?? state, architecture: name, firstLayer: firstLayer,
            imageSize: imageSize ?? defaultImageSize)
        return try network(source, classes: defaultClasses, imageSize: imageSize)
    }

    /// Returns a network with random weights, drawn as PyTorch's layers do.
    ///
    /// Weights and biases are uniform in plus or minus 1 / sqrt(fan-in); batch-norms start as the identity.
    /// Each parameter depends only on the seed, its name and its shape.
    ///
    /// - Parameters:
    ///   - classes: The number of classes; nil for the architecture's default.
    ///   - inputChannels: The number of channels of the images.
    ///   - widthMultiplier: The factor of every width; a width is at least 1.
    ///   - imageSize: The size of the images; nil for the architecture's default.
    ///   - seed: The seed.
    /// - Throws: `ModelError` for an option out of range.
    public func initialised(
        classes: Int? = nil, inputChannels: Int = 3, widthMultiplier: Double = 1,
        imageSize: SpatialSize? = nil, seed: UInt64 = 0
    ) throws -> Graph {
        try network(
            NewParameters(inputChannels: inputChannels, widthMultiplier: widthMultiplier, seed: seed),
            classes: classes ?? defaultClasses, imageSize: imageSize)
    }

    /// Returns a network of zeros, which takes no memory: for shapes and costs.
    package func outline(
        classes: Int? = nil, inputChannels: Int = 3, widthMultiplier: Double = 1,
        imageSize: SpatialSize? = nil
    ) throws -> Graph {
        try network(
            NewParameters(inputChannels: inputChannels, widthMultiplier: widthMultiplier, seed: nil),
            classes: classes ?? defaultClasses, imageSize: imageSize)
    }

    private func network(
        _ source: some ParameterSource, classes: Int, imageSize: SpatialSize?
    ) throws -> Graph {
        var network = try NetworkBuilder(
            name: name, source: source, classes: classes, imageSize: imageSize ?? defaultImageSize)
        do {
            try build(&network)
        } catch let error as GraphError {
            throw ModelError.layer(
                architecture: name, imageSize: imageSize ?? defaultImageSize, reason: error.description)
        }
        return try network.finish()
    }
}
