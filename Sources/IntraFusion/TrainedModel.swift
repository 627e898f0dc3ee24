public import Checkpoints
public import Datasets
public import Graph
internal import Models

/// A trained network of a built-in architecture, as loaded from a file.
public struct TrainedModel: Sendable {
    /// The architecture's name.
    public let architecture: String
    /// The file that it was loaded from.
    public let path: String
    /// The network.
    public let graph: Graph
    /// What was saved beside the weights.
    public let metadata: [String: MetadataValue]
    /// The file's CRC-32 in hexadecimal digits: tells two files apart, proves nothing.
    public let checksum: String

    /// Loads a checkpoint of a built-in architecture; widths and numbers of classes are read from it.
    ///
    /// - Parameters:
    ///   - architecture: A name of `ModelRegistry`.
    ///   - checkpoint: A PyTorch checkpoint or a safetensors file.
    /// - Throws: An error naming the file and everything that does not fit.
    public init(architecture: String, checkpoint: String) throws {
        let builder = try ModelRegistry.architecture(named: architecture)
        let contents = try CheckpointFile.load(checkpoint)
        self.architecture = architecture
        path = checkpoint
        graph = try builder.load(contents.state)
        metadata = contents.metadata
        checksum = try CheckpointFile.checksum(checkpoint)
    }

    /// Checks that the network fits the images and has an output for each of their classes.
    ///
    /// - Throws: `TrainedModelError`.
    public func requireFit(to data: ImageDataset) throws {
        guard let input = graph.inputs.first, let output = graph.outputs.first else { return }
        let expected = graph[input].type.shape.dropFirst()
        let size = data.imageSize
        guard expected.elementsEqual([size.channels, size.height, size.width]) else {
            throw TrainedModelError(
                "\(path) takes images of \(Self.text(expected)), those of \(data.name) are \(size.channels)x\(size.height)x\(size.width)"
            )
        }
        let classes = graph[output].type.shape.last ?? 0
        guard classes == data.classNames.count else {
            throw TrainedModelError(
                "\(path) tells \(classes) classes apart, \(data.name) has \(data.classNames.count)")
        }
    }

    private static func text(_ shape: some Sequence<Int>) -> String {
        shape.map(String.init).joined(separator: "x")
    }
}

/// A network and data that do not go together.
public struct TrainedModelError: Error, Sendable, CustomStringConvertible {
    /// What was wrong.
    public let message: String

    init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
