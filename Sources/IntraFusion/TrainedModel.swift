public import Checkpoints
public import Graph
internal import Models
internal import Torch

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
        do {
            graph = try builder.load(contents.state)
        } catch let error as ModelError {
            throw TrainedModelError("\(checkpoint): \(error)")
        }
        for id in graph.parameters where try graph[id].tensor?.isFinite() == false {
            throw TrainedModelError("\(checkpoint): \(graph[id].name) has values that are not finite numbers")
        }
        metadata = contents.metadata
        checksum = try CheckpointFile.checksum(checkpoint)
    }
}

/// A file whose network cannot be used.
public struct TrainedModelError: Error, Sendable, CustomStringConvertible {
    /// What was wrong.
    public let message: String

    init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
