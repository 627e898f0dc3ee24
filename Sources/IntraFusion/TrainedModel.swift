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
    ///   - architecture: A name of `ModelRegistry`; nil for the one that the file's metadata name, or else the only one that
    ///     its tensors fit.
    ///   - checkpoint: A PyTorch checkpoint or a safetensors file.
    /// - Throws: An error naming the file and everything that does not fit, or the architectures that do where there are
    ///   several.
    public init(architecture: String? = nil, checkpoint: String) throws {
        // A name that does not exist is said before a long file is read.
        if let architecture { _ = try ModelRegistry.architecture(named: architecture) }
        let contents = try CheckpointFile.load(checkpoint)
        let name =
            try architecture ?? Self.architecture(of: contents.state, contents.metadata, path: checkpoint)
        let builder = try ModelRegistry.architecture(named: name)
        self.architecture = name
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

    /// Returns the name of the built-in architecture that metadata name, or else of the only one that tensors fit.
    ///
    /// - Throws: `TrainedModelError` naming all that fit where there are several, or saying that there is none.
    static func architecture(
        of state: StateDictionary, _ metadata: [String: MetadataValue], path: String
    ) throws -> String {
        if let saved = metadata["architecture"]?.description, ModelRegistry.names.contains(saved) {
            return saved
        }
        let names = ModelRegistry.architectures(fitting: state).map(\.name)
        guard let name = names.first else {
            throw TrainedModelError(
                "\(path) fits no built-in architecture; with --model-name the tensors that do not fit one are listed"
            )
        }
        guard names.count == 1 else {
            throw TrainedModelError(
                "\(path) fits several architectures: choose one of \(names.joined(separator: ", ")) by --model-name"
            )
        }
        return name
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
